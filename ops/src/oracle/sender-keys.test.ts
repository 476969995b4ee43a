import { randomUUID } from 'node:crypto';
import {
  advance,
  ChainCursor,
  createSenderKey,
  distributionMessage,
  GroupCipher,
  generateIdentityKeyPair,
  isCryptoError,
  MemoryStores,
  openSenderKeyMessage,
  parseDistributionMessage,
  parseSenderKeyMessage,
  sealSenderKeyMessage,
  verifySenderKeyMessage,
} from '@sotto/client/crypto';
import { seededRandom } from '@sotto/client/testing/crypto';
import * as assert from 'uvu/assert';
import { copied, type OfficialLibrary } from './official-library.js';
import { officialSenderKeyStore } from './official-stores.js';
import { officialSuite } from './official-suite.js';

const { test, run } = await officialSuite('sender keys', '0.103');

/** One sender's side or one reader's, of either library: they exchange nothing but bytes. */
interface GroupPeer {
  distribution(): Promise<Uint8Array>;
  accept(distribution: Uint8Array): Promise<void>;
  encrypt(text: string): Promise<Uint8Array>;
  decrypt(message: Uint8Array): Promise<string>;
}

const group = () => randomUUID();
const idBytes = (id: string) => new Uint8Array(Buffer.from(id.replaceAll('-', ''), 'hex'));
const encode = (text: string) => copied(new TextEncoder().encode(text));
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function sottoPeer(id: string): GroupPeer {
  const address = { name: 'sender', deviceId: 1 };
  const cipher = new GroupCipher(new MemoryStores(generateIdentityKeyPair(), 1), address);
  return {
    distribution: () => cipher.createDistributionMessage(idBytes(id)),
    accept: (distribution) => cipher.processDistributionMessage(distribution),
    encrypt: (text) => cipher.encrypt(idBytes(id), encode(text)),
    decrypt: async (message) => decode(await cipher.decrypt(message)),
  };
}

function officialPeer(official: OfficialLibrary, id: string): GroupPeer {
  const address = official.ProtocolAddress.new(randomUUID(), 1);
  const store = officialSenderKeyStore(official);
  const { SenderKeyDistributionMessage } = official;
  return {
    distribution: async () => (await SenderKeyDistributionMessage.create(address, id, store)).serialize(),
    accept: (distribution) =>
      official.processSenderKeyDistributionMessage(
        address,
        SenderKeyDistributionMessage.deserialize(copied(distribution)),
        store,
      ),
    encrypt: async (text) => (await official.groupEncrypt(address, id, store, encode(text))).serialize(),
    decrypt: async (message) => decode(await official.groupDecrypt(address, store, copied(message))),
  };
}

type Scenario = (sender: GroupPeer, reader: () => GroupPeer) => Promise<void>;

/** Plays a scenario twice: Sotto sends and the official library reads, and the other way round. */
function both(title: string, scenario: Scenario): void {
  test(`${title}: Sotto sends`, (official) => {
    const id = group();
    return scenario(sottoPeer(id), () => officialPeer(official, id));
  });
  test(`${title}: the official library sends`, (official) => {
    const id = group();
    return scenario(officialPeer(official, id), () => sottoPeer(id));
  });
}

async function refused(action: Promise<unknown>): Promise<void> {
  const accepted = await action.then(
    () => true,
    () => false,
  );
  assert.not(accepted, 'was accepted');
}

both('in order, texts of every length around the cipher block', async (sender, readers) => {
  const reader = readers();
  await reader.accept(await sender.distribution());
  for (let length = 0; length <= 33; length++)
    assert.is(await reader.decrypt(await sender.encrypt('x'.repeat(length))), 'x'.repeat(length));
});

both('out of order, some lost, replays refused', async (sender, readers) => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  process.stdout.write(`sender keys: seed ${seed}\n`);
  const random = seededRandom(seed);
  const reader = readers();
  await reader.accept(await sender.distribution());
  const flying: { text: string; message: Uint8Array }[] = [];
  for (let i = 0; i < 200; i++) flying.push({ text: `m${i}`, message: await sender.encrypt(`m${i}`) });
  for (let i = 0; i < 20; i++) flying.splice(random.below(flying.length), 1);
  while (flying.length > 0) {
    const [{ text, message }] = flying.splice(random.below(Math.min(30, flying.length)), 1) as [
      (typeof flying)[number],
    ];
    assert.is(await reader.decrypt(message), text);
    await refused(reader.decrypt(message));
  }
});

both('a change of any byte is refused, and the true message still opens', async (sender, readers) => {
  const reader = readers();
  await reader.accept(await sender.distribution());
  const message = await sender.encrypt('true');
  // The official library looks only at the version's high half in the first byte.
  for (let at = 1; at < message.length; at++) {
    const changed = new Uint8Array(message);
    changed[at]! ^= 1;
    await refused(reader.decrypt(changed));
  }
  assert.is(await reader.decrypt(message), 'true');
});

both('who joins late reads from there on', async (sender, readers) => {
  const early = readers();
  await early.accept(await sender.distribution());
  const before = await sender.encrypt('before');
  const late = readers();
  await late.accept(await sender.distribution());
  const after = await sender.encrypt('after');
  assert.is(await late.decrypt(after), 'after');
  await refused(late.decrypt(before));
  assert.is(await early.decrypt(after), 'after');
  assert.is(await early.decrypt(before), 'before');
});

both('a distribution that comes again rewinds nothing', async (sender, readers) => {
  const reader = readers();
  const distribution = await sender.distribution();
  await reader.accept(distribution);
  const message = await sender.encrypt('once');
  assert.is(await reader.decrypt(message), 'once');
  await reader.accept(distribution);
  await refused(reader.decrypt(message));
  assert.is(await reader.decrypt(await sender.encrypt('next')), 'next');
});

const MOST_SKIPPED = 25_000;

test('jumps of 25,000 are taken, further ones refused: Sotto sends', async (official) => {
  const id = group();
  const reader = officialPeer(official, id);
  const chain = createSenderKey(idBytes(id), 7);
  await reader.accept(distributionMessage(chain));
  const at = async (iteration: number) => {
    const half = advance(chain, Math.floor(iteration / 2));
    const state = { ...chain, ...advance(half, iteration) };
    return (await sealSenderKeyMessage(state, encode(`m${iteration}`))).message;
  };
  await refused(reader.decrypt(await at(MOST_SKIPPED + 1)));
  assert.is(await reader.decrypt(await at(MOST_SKIPPED)), `m${MOST_SKIPPED}`);
  assert.is(await reader.decrypt(await at(MOST_SKIPPED + 1)), `m${MOST_SKIPPED + 1}`);
  await refused(reader.decrypt(await at(0)));
});

test('jumps of 25,000 are taken, further ones refused: the official library sends', async (official) => {
  const id = group();
  const [sender, reader] = [officialPeer(official, id), sottoPeer(id)];
  await reader.accept(await sender.distribution());
  const first = await sender.encrypt('first');
  let last = first;
  for (let i = 1; i <= MOST_SKIPPED; i++) last = await sender.encrypt('last');
  const beyond = await sender.encrypt('beyond');
  await refused(reader.decrypt(beyond));
  assert.is(await reader.decrypt(last), 'last');
  assert.is(await reader.decrypt(beyond), 'beyond');
  await refused(reader.decrypt(first));
});

test('history: a reader that keeps the first state reads any message again', async (official) => {
  const id = group();
  const sender = officialPeer(official, id);
  const chain = parseDistributionMessage(await sender.distribution());
  const cursor = new ChainCursor(chain);
  const messages: Uint8Array[] = [];
  for (let i = 0; i < 100; i++) messages.push(await sender.encrypt(`m${i}`));
  for (const i of [99, 0, 50, 99, 1, 0]) {
    const verified = await verifySenderKeyMessage(parseSenderKeyMessage(messages[i]!), chain.signingKey);
    assert.is(decode(await openSenderKeyMessage(verified, cursor.messageKey(i))), `m${i}`);
  }
});

test('successive chains of one distribution id', async (official) => {
  const id = group();
  const reader = officialPeer(official, id);
  const chains = Array.from({ length: 4 }, (_, i) => createSenderKey(idBytes(id), 2 ** 31 - 1 - i));
  const sealed: [string, Uint8Array][] = [];
  for (const chain of chains) {
    await reader.accept(distributionMessage(chain));
    sealed.push([
      `${chain.chainId}`,
      (await sealSenderKeyMessage(chain, encode(`${chain.chainId}`))).message,
    ]);
  }
  for (const [text, message] of sealed.reverse()) assert.is(await reader.decrypt(message), text);
});

test('a message under a key of someone else is refused', async (official) => {
  const id = group();
  const [mallory, sender] = [officialPeer(official, id), officialPeer(official, id)];
  const chain = parseDistributionMessage(await sender.distribution());
  await mallory.distribution();
  const forged = parseSenderKeyMessage(await mallory.encrypt('forged'));
  const error = await verifySenderKeyMessage(forged, chain.signingKey).catch((thrown: unknown) => thrown);
  assert.ok(isCryptoError(error, 'crypto/invalid-signature'));
});

run();
