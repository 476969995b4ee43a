import { ProtocolError } from '@sotto/protocol';
import { isStoreError, openStoresAt, storeSettingsFrom } from '../store-settings.js';
import { whatIsLeft } from './left.js';

/**
 * Says as JSON what the stores that the environment names have of each argument: ids, usernames, addresses. Ends with 1 where something is
 * left, with 2 where it could not look.
 */
async function main(texts: readonly string[]): Promise<number> {
  try {
    if (texts.length === 0) throw new RangeError('usage: npm run left -- <id, username or address> ...');
    const stores = await openStoresAt(storeSettingsFrom(process.env));
    let left = 0;
    for (const text of texts) {
      const found = await whatIsLeft(stores, text);
      left += Object.keys(found.claims).length + Object.keys(found.logs).length;
      process.stdout.write(`${JSON.stringify(found)}\n`);
    }
    await stores.close();
    return left === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ProtocolError || isStoreError(error))) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
