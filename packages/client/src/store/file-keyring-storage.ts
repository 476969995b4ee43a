import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyringStorage } from './keyring-storage.js';

/** Only the owner reads and writes. */
const OWNER_ONLY = 0o600;
const USAGES: KeyUsage[] = ['encrypt', 'decrypt'];

/**
 * A keyring in two files of a folder. Node has no place for a key that cannot be read out, so the wrapping key is a file
 * that only its owner may read: it protects copies of the stores, not against the owner's other programs.
 * @param folder made if it is not there
 */
export async function openFileKeyringStorage(folder: string): Promise<KeyringStorage> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const recordFile = join(folder, 'keyring');
  const keyFile = join(folder, 'wrapping-key');
  return {
    async read() {
      const [record, key] = await Promise.all([readIfThere(recordFile), readIfThere(keyFile)]);
      return record && { record, wrappingKey: key && (await importKey(key)) };
    },
    // The key's file first, both ways: a crash between the two leaves a keyring that is locked, never one half open.
    async write(state) {
      if (state?.wrappingKey) await replaceFile(folder, keyFile, await exportKey(state.wrappingKey));
      else await rm(keyFile, { force: true });
      if (state) await replaceFile(folder, recordFile, state.record);
      else await rm(recordFile, { force: true });
      await syncFolder(folder);
    },
    generateWrappingKey: () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, USAGES),
    close: async () => undefined,
  };
}

function importKey(raw: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw as BufferSource, 'AES-GCM', true, USAGES);
}

async function exportKey(key: CryptoKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey('raw', key));
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes beside the file and renames: a reader finds the old bytes or the new ones. */
async function replaceFile(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const next = `${file}.new`;
  await rm(next, { force: true });
  const handle = await open(next, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
