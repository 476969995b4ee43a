import { ProtocolError } from '@sotto/protocol';
import { rotateClaims } from './rotate.js';
import { rotatingParts } from './rotation.js';
import { couchSettingsFrom } from './settings.js';

/** Takes every part of the claims that expire one step on; the environment says where they are. To be run every hour or so. */
async function main(): Promise<number> {
  try {
    const settings = couchSettingsFrom(process.env);
    for (const part of rotatingParts(settings))
      process.stdout.write(`${part}: ${await rotateClaims(settings, part)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ProtocolError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main();
