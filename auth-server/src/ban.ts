import { setTimeout as pause } from 'node:timers/promises';
import { ProtocolError } from '@sotto/protocol';
import { ConfigError, EXIT } from '@sotto/service';
import { ban, isStoreError, liftBan, openStoresAt } from '@sotto/store';
import { holderOf } from './accounts/holding.js';
import { usernameName } from './accounts/names.js';
import { readBanOrder } from './start/ban-settings.js';

const PATIENCE_MS = 15_000;
const AGAIN_MS = 50;

/** Keeps an account out, or lets it in again, for whoever runs Sotto: `node auth-server/dist/ban.js <username> [--lift]`. */
async function run(): Promise<number> {
  const { username, lift, store } = readBanOrder(process.argv.slice(2), process.env);
  const stores = await openStoresAt(store);
  try {
    const holder = await patiently(() => holderOf(stores.claims, usernameName(username)));
    if (!holder) {
      process.stderr.write('ban: nobody has this username\n');
      return EXIT.start;
    }
    await patiently(() => (lift ? liftBan : ban)(stores.claims, holder.account));
    process.stdout.write(lift ? 'let in again\n' : 'kept out\n');
    return 0;
  } finally {
    await stores.close();
  }
}

/** A connection to the stores may take a moment. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; await pause(AGAIN_MS)) {
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof ProtocolError && error.retry === 'later';
      if (!passes || performance.now() > end) throw error;
    }
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof ConfigError) && !isStoreError(error)) throw error;
  process.stderr.write(`ban: ${error.message}\n`);
  process.exitCode = error instanceof ConfigError ? EXIT.settings : EXIT.start;
}
