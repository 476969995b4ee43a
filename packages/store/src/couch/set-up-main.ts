import { ProtocolError } from '@sotto/protocol';
import { setUpCouch } from './set-up.js';
import { CouchSetUpError } from './set-up-error.js';
import { couchSettingsFrom } from './settings.js';

/** Makes the databases that the environment names, where they are not there, and says which. */
async function main(): Promise<number> {
  try {
    const settings = couchSettingsFrom(process.env);
    const made = await setUpCouch(settings);
    for (const name of made) process.stdout.write(`made ${name}\n`);
    process.stdout.write(made.length === 0 ? 'everything was there\n' : '');
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function isExpected(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof CouchSetUpError || error instanceof ProtocolError;
}

process.exitCode = await main();
