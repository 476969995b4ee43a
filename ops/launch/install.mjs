import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { npm } from './run.mjs';

function readLock(...path) {
  try {
    return JSON.parse(readFileSync(join(...path), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Whether what is installed is what package-lock.json asks for. Contents are compared, not dates: a fresh checkout
 * dates every file anew. Packages for other platforms may be missing.
 * @param {string} [folder] the checkout
 */
export function isInstalled(folder = root) {
  const wanted = readLock(folder, 'package-lock.json');
  const present = readLock(folder, 'node_modules', '.package-lock.json');
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, { version, integrity, link, optional, devOptional }]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = present[path];
    if (!found) return Boolean(optional || devOptional);
    return found.version === version && found.integrity === integrity && found.link === link;
  });
}

/**
 * Installs the locked packages when they are missing or others.
 * @returns {Promise<boolean>} false when npm failed; it has said why
 */
export async function ensureInstalled() {
  if (isInstalled()) return true;
  console.log('Installing packages (npm ci) …');
  const { code } = await npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  return code === 0;
}
