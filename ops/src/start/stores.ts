import { join } from 'node:path';
import { loadSecrets, type Secrets, SecretsError } from '@sotto/service';
import { type LevelStores, openLevelStores, StoreOpenError } from '@sotto/store';
import { reasonOf } from './data-folder.js';
import { StartError } from './start-error.js';

function storeLine({ code, cause }: StoreOpenError, data: string): string {
  switch (code) {
    case 'store/locked':
      return `The data folder ${data} is in use by another Sotto.`;
    case 'store/damaged':
      return `The store in ${data} is damaged; nothing in it was changed.`;
    case 'store/unwritable':
      return `Cannot write to the data folder ${data}: ${reasonOf(cause)}.`;
  }
}

/**
 * Opens the servers' stores in the data folder.
 * @throws StartError
 */
export async function openStores(data: string): Promise<LevelStores> {
  try {
    return await openLevelStores(join(data, 'store'));
  } catch (error) {
    if (error instanceof StoreOpenError) throw new StartError(storeLine(error, data));
    throw error;
  }
}

/**
 * Reads the servers' secrets, or makes them at the first start.
 * @throws StartError
 */
export async function openSecrets(data: string): Promise<Secrets> {
  try {
    return await loadSecrets(data);
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error;
    const what = error.code === 'secrets/invalid' ? 'holds no valid secrets' : 'cannot be read';
    throw new StartError(`${error.path} ${what}; it is never replaced, since what it signed would be void.`);
  }
}
