import { writeSync } from 'node:fs';
import { parseDocumentName } from '@sotto/protocol';
import { openLevelStores } from '../open-level.js';
import { TestFeed } from './records.js';

/**
 * Appends to one document as several writers without pause until it is killed, and prints `client clock` for every
 * record that the store acknowledged. Arguments: folder, document, writers.
 */
async function main([folder, name, writers]: readonly string[]): Promise<void> {
  const { log } = await openLevelStores(folder!);
  const document = parseDocumentName(name!).name;
  await Promise.all(
    Array.from({ length: Number(writers) }, async (_, client) => {
      const feed = new TestFeed(document, client);
      for (let clock = 0; ; clock += 1) {
        const [outcome] = await log.append([feed.record(clock, 'x'.repeat(200))]);
        if (outcome !== 'stored') throw new Error(`append: ${outcome}`);
        writeSync(1, `${client} ${clock}\n`);
      }
    }),
  );
}

await main(process.argv.slice(2));
