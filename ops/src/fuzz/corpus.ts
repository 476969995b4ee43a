import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from './targets.js';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** Where a decoder's inputs are kept: one in base64 a line. */
export function corpusFile({ folder, name }: Pick<Target, 'folder' | 'name'>): string {
  return join(checkout, folder, 'fuzz/corpus', `${name.replaceAll(' ', '-')}.txt`);
}

/** Inputs that are kept because they once reached something that no other did, or because they once broke something. */
export function readCorpus(target: Pick<Target, 'folder' | 'name'>): Uint8Array[] {
  let text: string;
  try {
    text = readFileSync(corpusFile(target), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => new Uint8Array(Buffer.from(line === '.' ? '' : line, 'base64')));
}

/** Replaces what is kept: each input once, short ones first. An empty input is a dot. */
export function writeCorpus(target: Pick<Target, 'folder' | 'name'>, inputs: readonly Uint8Array[]): void {
  const file = corpusFile(target);
  mkdirSync(dirname(file), { recursive: true });
  const lines = [...new Set(inputs.map((input) => Buffer.from(input).toString('base64') || '.'))];
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(file, `${lines.join('\n')}\n`);
}
