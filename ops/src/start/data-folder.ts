import { accessSync, constants, mkdirSync } from 'node:fs';
import { StartError } from './start-error.js';

/** Reason in words of an error of the file system. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    EACCES: 'no permission',
    EPERM: 'no permission',
    EROFS: 'read-only',
    ENOTDIR: 'a file is in the way',
    EEXIST: 'a file is in the way',
    ENOENT: 'it cannot be made there',
    ENOSPC: 'the disk is full',
  };
  return words[code ?? ''] ?? message ?? String(error);
}

/**
 * Makes the folder for all state, readable by its owner alone.
 * @throws StartError when it cannot be written
 */
export function prepareDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartError(`Cannot write to the data folder ${path}: ${reasonOf(error)}.`);
  }
}
