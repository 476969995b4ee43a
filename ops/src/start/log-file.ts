import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { reasonOf } from './data-folder.js';
import { StartError } from './start-error.js';

/** A file longer than this is put aside, bytes; one older file is kept. */
const MOST_BYTES = 20_000_000;
/** Pino's number for warnings. */
const WARN = 40;

function levelOf(line: string): number {
  return Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0);
}

/**
 * Opens a log of bounded length, which takes lines as pino writes them: JSON with the level first. Warnings and errors
 * also go to the terminal. It stays open as long as the process.
 * @throws StartError when it cannot be written
 */
export function openLogFile(path: string): { write(line: string): void } {
  const open = (): number => openSync(path, 'a', 0o600);
  let file: number;
  let length: number;
  try {
    file = open();
    length = fstatSync(file).size;
  } catch (error) {
    throw new StartError(`Cannot write to ${path}: ${reasonOf(error)}.`);
  }
  return {
    write(line) {
      if (levelOf(line) >= WARN) process.stderr.write(line);
      if (length > MOST_BYTES) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = open();
        length = 0;
      }
      length += writeSync(file, line);
    },
  };
}
