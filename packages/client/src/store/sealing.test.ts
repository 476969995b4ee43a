import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConversationId, documentName, logName, randomId } from '@sotto/protocol';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StoreError } from './errors.js';
import { openIdbKeyStore } from './idb-key-store.js';
import type { KeyStore } from './key-store.js';
import { openLevelKeyStore } from './level-key-store.js';
import { openNodeStores } from './node.js';
import { openPouch } from './pouch.js';
import { sealedKeyStore } from './sealed-key-store.js';

const test = suite('sealing at rest');
const newKey = () => crypto.getRandomValues(new Uint8Array(32));
const newFolder = () => mkdtemp(join(tmpdir(), 'sotto-sealing-'));
const bytes = (text: string) => new TextEncoder().encode(text);
/** Long enough that no compression of the driver's could hide it, and never found by chance. */
const PLANTED = 'the quick brown fox meets Ada at nine';

async function codeOf(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return error.code;
  }
}

/** Every way that the planted text could lie on the disk: as it is, in UTF-16 and in base64 at each of the three offsets. */
function spellings(): Buffer[] {
  const encoded = [0, 1, 2].map((shift) => {
    const text = Buffer.from('x'.repeat(shift) + PLANTED).toString('base64');
    return Buffer.from(text.slice(4, -4));
  });
  return [
    Buffer.from(PLANTED),
    Buffer.from(PLANTED, 'utf16le'),
    Buffer.from(PLANTED, 'utf16le').swap16(),
    Buffer.from(Buffer.from(PLANTED).toString('hex')),
    ...encoded,
  ];
}

async function findings(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  assert.ok(files.length > 0);
  let found = 0;
  for (const file of files) {
    const raw = await readFile(join(file.parentPath ?? file.path, file.name));
    found += spellings().filter((spelling) => raw.includes(spelling)).length;
  }
  return found;
}

async function plantSealed(folder: string): Promise<void> {
  const { keys, messages } = await openNodeStores({ folder, storeKey: newKey() });
  const document = documentName(logName('m', randomId<ConversationId>()), 0);
  await keys.write([{ key: 'outbox/1', value: bytes(PLANTED) }]);
  await messages.put([{ document, client: 1, clock: 0, content: bytes(PLANTED) }]);
  await messages.put([{ document, client: 1, clock: 0, content: bytes(`x${PLANTED}`) }]);
  await messages.putRecord('draft/1', bytes(`xx${PLANTED}`));
  await messages.putRecord('draft/1', bytes('short'));
  await keys.close();
  await messages.close();
}

test('nothing that was written to the stores can be read in their files', async () => {
  const folder = await newFolder();
  await plantSealed(folder);
  assert.is(await findings(folder), 0);
});

test('control: the same search finds what unsealed stores hold', async () => {
  const keysFolder = await newFolder();
  const keys = await openLevelKeyStore(join(keysFolder, 'keys'));
  await keys.write([{ key: 'outbox/1', value: bytes(PLANTED) }]);
  await keys.close();
  assert.ok((await findings(keysFolder)) > 0);

  for (const shift of [0, 1, 2]) {
    const folder = await newFolder();
    const pouch = openPouch(join(folder, 'messages'), 'leveldb', leveldbAdapter);
    const value = Buffer.from('x'.repeat(shift) + PLANTED).toString('base64');
    await pouch.bulkDocs([{ _id: 'record:draft/1', v: value }]);
    await pouch.close();
    assert.ok((await findings(folder)) > 0);
  }
});

/** What {@link sealedKeyStore} wrote to its inner store. */
async function inner(): Promise<{ store: KeyStore; raw: KeyStore; key: Uint8Array }> {
  const raw = await openIdbKeyStore(randomUUID());
  const key = newKey();
  return { store: await sealedKeyStore(raw, key), raw, key };
}

test('a value opens under its own name and store key only', async () => {
  const { store, raw, key } = await inner();
  await store.write([{ key: 'a', value: bytes('secret') }]);
  const sealed = (await raw.get('a'))!;
  assert.is(sealed.length, 6 + 28);
  await raw.write([{ key: 'b', value: sealed }]);
  assert.is(await codeOf(store.get('b')), 'store/unopenable');
  assert.is(await codeOf(store.list('')), 'store/unopenable');
  const other = await sealedKeyStore(raw, newKey());
  assert.is(await codeOf(other.get('a')), 'store/unopenable');
  const same = await sealedKeyStore(raw, key);
  assert.equal([...(await same.get('a'))!], [...bytes('secret')]);
});

test('any changed or missing byte is refused', async () => {
  const { store, raw } = await inner();
  await store.write([{ key: 'a', value: bytes('secret') }]);
  const sealed = (await raw.get('a'))!;
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice();
    changed[at]! ^= 1;
    await raw.write([{ key: 'a', value: changed }]);
    assert.is(await codeOf(store.get('a')), 'store/unopenable');
    await raw.write([{ key: 'a', value: sealed.slice(0, at) }]);
    assert.is(await codeOf(store.get('a')), 'store/unopenable');
  }
});

test('equal values are sealed to different bytes', async () => {
  const { store, raw } = await inner();
  await store.write([{ key: 'a', value: bytes('secret') }]);
  const first = (await raw.get('a'))!;
  await store.write([{ key: 'a', value: bytes('secret') }]);
  assert.not.equal([...(await raw.get('a'))!], [...first]);
});

test('writes of one key land in the order they were asked for, however long each takes to seal', async () => {
  const { store } = await inner();
  // A large value takes longer to seal than the small one after it.
  for (let round = 0; round < 20; round += 1) {
    const older = store.write([{ key: 'a', value: new Uint8Array(1_000_000) }]);
    const newer = store.write([{ key: 'a', value: bytes(`newer ${round}`) }]);
    await Promise.all([older, newer]);
    assert.equal([...(await store.get('a'))!], [...bytes(`newer ${round}`)]);
  }
});

test('the message store does not read another store key’s envelopes, and writes over them', async () => {
  const folder = await newFolder();
  const document = documentName(logName('m', randomId<ConversationId>()), 0);
  const envelope = { document, client: 1, clock: 0, content: bytes('one') };
  const first = await openNodeStores({ folder, storeKey: newKey() });
  await first.messages.put([envelope]);
  await first.messages.close();
  await first.keys.close();
  const second = await openNodeStores({ folder, storeKey: newKey() });
  assert.is(await codeOf(second.messages.segment(document)), 'store/unopenable');
  assert.equal([...(await second.messages.stateVector(document))], [[1, 1]]);
  await second.messages.put([envelope]);
  assert.equal([...(await second.messages.segment(document))[0]!.content], [...bytes('one')]);
  await second.messages.destroy();
  await second.keys.destroy();
});

test.run();
