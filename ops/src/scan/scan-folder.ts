import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { layersOf } from './layers.js';
import { findPatterns, type Needle, type Pattern, patternsOf } from './needle.js';

/** A needle was found. Says where and in which form, never the needle. */
export interface Finding {
  readonly needle: string;
  /** Relative to the folder. */
  readonly file: string;
  /** How the bytes were reached and how the needle was written, such as `file > table block: utf-8`. */
  readonly where: string;
}

/**
 * Looks for needles in every file under a folder, in their names, their bytes and what those decode to (README). Nobody
 * may write to it meanwhile.
 * @returns each needle once for a file and way in which it is there; empty when nothing is
 * @throws RangeError for a needle that is too short, or a LevelDB table that cannot be read
 */
export async function scanFolder(folder: string, needles: readonly Needle[]): Promise<Finding[]> {
  const patterns = patternsOf(needles);
  const findings = new Map<string, Finding>();
  for (const path of await filesUnder(folder)) {
    const file = relative(folder, path);
    for (const finding of scanFile(file, await readFile(path), patterns))
      findings.set(JSON.stringify(finding), finding);
  }
  return [...findings.values()];
}

/** The same for bytes that are at hand, such as what a process printed. */
export function scanBytes(name: string, bytes: Uint8Array, needles: readonly Needle[]): Finding[] {
  return [...scanFile(name, Buffer.from(bytes), patternsOf(needles))];
}

function* scanFile(file: string, bytes: Buffer, patterns: readonly Pattern[]): Generator<Finding> {
  for (const { needle, form } of findPatterns(Buffer.from(file), patterns))
    yield { needle, file: '(a name)', where: `name: ${form}` };
  for (const layer of layersOf(file, bytes))
    for (const { needle, form } of findPatterns(layer.bytes, patterns))
      yield { needle, file, where: `file${layer.via}: ${form}` };
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
