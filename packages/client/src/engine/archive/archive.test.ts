import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { documentName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ArchiveRecord } from '../../conversation/archive-record.js';
import { sealArchiveRecord } from '../../conversation/archive-record.js';
import type { ReceivedChain } from '../../conversation/chain.js';
import { signChain } from '../../conversation/chain-signature.js';
import { createOwnChain, readOwnChain } from '../../conversation/own-chain.js';
import { createStateKey } from '../../conversation/state-envelope.js';
import { advance, generateIdentityKeyPair, type IdentityKeyPair } from '../../crypto/index.js';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import type { PlacedPost, PostRoute } from '../../sync/posts.js';
import { Posts } from '../../sync/posts.js';
import { Archive } from './archive.js';

const test = suite('key archive');
const CLIENT = 9;

interface OwnDevice {
  readonly device: DeviceId;
  readonly identity: IdentityKeyPair;
}

const ownDevice = (): OwnDevice => ({ device: randomId<DeviceId>(), identity: generateIdentityKeyPair() });

/** A device of an account with its archive, and others that may be listed. */
async function setUp(more: readonly OwnDevice[] = []) {
  const stores = await temporaryStores();
  const account = randomId<AccountId>();
  const self = ownDevice();
  const listed = new Map([self, ...more].map(({ device, identity }) => [device, identity.publicKey]));
  const known = new Map(listed);
  const keys = { current: { archiveKeys: [createStateKey()] } };
  const queued: boolean[] = [];
  const { keys: keyStore, messages } = stores;
  const posts = await Posts.open({ keys: keyStore } as PostRoute);
  const open = () =>
    Archive.open({
      self: { account, ...self },
      accountKeys: keys,
      messages,
      posts,
      ownDevices: async (ask) => new Map(ask ? listed : known),
      queued: (soon) => queued.push(soon),
    });
  return { stores, account, self, listed, known, keys, posts, queued, open, archive: await open() };
}
type SetUp = Awaited<ReturnType<typeof setUp>>;

const author = generateIdentityKeyPair();

function chainOf(device = randomId<DeviceId>(), from = 0, base?: ReceivedChain): ReceivedChain {
  const name = { conversation: randomId<ConversationId>(), epoch: 0, device, generation: 1 };
  const chain = base ?? readOwnChain(createOwnChain(name), randomId<AccountId>());
  const { iteration, chainKey } = chain.distribution;
  return {
    ...chain,
    distribution: { ...chain.distribution, ...advance({ iteration, chainKey }, from) },
  };
}

function proof(chain: ReceivedChain) {
  return {
    key: new Uint8Array(author.publicKey),
    signature: signChain(chain, chain.distribution.signingKey, author),
  };
}

async function keep({ stores }: SetUp, archiving: Awaited<ReturnType<Archive['chain']>>): Promise<number> {
  await stores.keys.write(archiving.writes);
  archiving.done();
  return archiving.writes.length;
}

/** The server has taken everything that waits. */
async function arrive({ archive, posts }: SetUp): Promise<void> {
  const document = documentName(archive.log, 0);
  for (const [clock, post] of posts.of(archive.log).entries()) {
    const placed: PlacedPost = { ...post, placed: { document, client: CLIENT, clock } };
    await archive.keepOwn(placed);
  }
}

/** The log brings these elements. */
async function hear(archive: Archive, client: number, envelopes: readonly Uint8Array[], clock = 0) {
  const installed: ArchiveRecord[] = [];
  const fresh = { gap: false, runs: [{ client, clock, device: randomId<DeviceId>(), envelopes }] };
  await archive.take(documentName(archive.log, 0), fresh, async (records) => {
    installed.push(...records);
  });
  return installed;
}

test('X17: a chain is archived once, and again only from an earlier state', async () => {
  const own = await setUp([ownDevice()]);
  const { archive } = own;
  const whole = chainOf();
  const later = chainOf(whole.device, 20, whole);
  assert.is(await keep(own, await archive.chain(later, proof(later))), 1);
  assert.is(await keep(own, await archive.chain(later, proof(later))), 0, 'it waits already');
  await arrive(own);
  assert.is(await keep(own, await archive.chain(later, proof(later))), 0, 'it is there');
  assert.is(await keep(own, await archive.chain(chainOf(whole.device, 30, whole), proof(whole))), 0);
  assert.is(await keep(own, await archive.chain(whole, proof(whole))), 1, 'an earlier state');
  assert.equal(own.queued, [false, false]);
  await own.stores.remove();
});

test('X17: an own chain goes at once, and each state key once', async () => {
  const own = await setUp();
  const { archive } = own;
  const mine = chainOf(own.self.device);
  await keep(own, await archive.chain(mine, proof(mine)));
  assert.equal(own.queued, [true]);
  const theirs = chainOf();
  await keep(own, await archive.chain(theirs, proof(theirs)));
  assert.equal(own.queued, [true, true], 'the only device need not wait for others');
  const stateKeys = [createStateKey(), createStateKey()];
  const conversation = randomId<ConversationId>();
  assert.is(await keep(own, await archive.conversation(conversation, null, stateKeys, [])), 2);
  assert.is(await keep(own, await archive.conversation(conversation, null, stateKeys, [])), 0);
  await arrive(own);
  const again = await own.open();
  assert.is((await again.conversation(conversation, null, stateKeys, [])).writes.length, 0);
  assert.is((await again.chain(mine, proof(mine))).writes.length, 0, 'remembered by the next process');
  await own.stores.remove();
});

test('X16: what another device archived is installed before it counts as read, and need not be sent again', async () => {
  const other = ownDevice();
  const own = await setUp([other]);
  const chain = chainOf();
  await keep(own, await own.archive.chain(chain, proof(chain)));
  const record: ArchiveRecord = { type: 'chain', chain, ...proof(chain) };
  const sealed = await sealArchiveRecord(
    record,
    { account: own.account, ...other },
    own.keys.current.archiveKeys[0]!,
  );
  const document = documentName(own.archive.log, 0);
  const fresh = { gap: false, runs: [{ client: 3, clock: 0, device: other.device, envelopes: [sealed] }] };
  const fail = async () => {
    throw new Error('the store is full');
  };
  try {
    await own.archive.take(document, fresh, fail);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), 'full');
  }
  assert.is((await own.stores.messages.segment(document)).length, 0);
  assert.equal(await own.archive.superfluous(own.posts.of(own.archive.log)), []);
  assert.equal(await hear(own.archive, 3, [sealed]), [record]);
  assert.is((await own.archive.superfluous(own.posts.of(own.archive.log))).length, 1);
  await own.stores.remove();
});

test('X16: an element under a key that is not here, or by a device not listed, waits; what is forged does not', async () => {
  const other = ownDevice();
  const stranger = ownDevice();
  const own = await setUp();
  const newer = createStateKey();
  const chain = chainOf();
  const record: ArchiveRecord = { type: 'chain', chain, ...proof(chain) };
  const by = (who: OwnDevice, key: Uint8Array) =>
    sealArchiveRecord(record, { account: own.account, ...who }, key);
  const [key] = own.keys.current.archiveKeys;
  const forged = await by({ ...own.self, identity: stranger.identity }, key!);
  assert.equal(await hear(own.archive, 3, [await by(own.self, newer), await by(other, key!), forged]), []);
  const installed: ArchiveRecord[] = [];
  const tryAgain = () =>
    own.archive.tryWaiting(async (records) => {
      installed.push(...records);
    });
  await tryAgain();
  assert.is(installed.length, 0);
  own.keys.current.archiveKeys.unshift(newer);
  await tryAgain();
  assert.is(installed.length, 1);
  own.listed.set(other.device, other.identity.publicKey);
  await tryAgain();
  assert.is(installed.length, 2);
  await tryAgain();
  assert.is(installed.length, 2, 'what is open stays so');
  await own.stores.remove();
});

test('X16: what only a removed device archived is archived again, by its author’s signature', async () => {
  const other = ownDevice();
  const own = await setUp([other]);
  const chain = chainOf();
  const stateKey = createStateKey();
  const [key] = own.keys.current.archiveKeys;
  const by = { account: own.account, ...other };
  const conversation: ArchiveRecord = {
    type: 'conversation',
    conversation: chain.conversation,
    peer: null,
    stateKey,
    state: [],
  };
  await hear(own.archive, 3, [
    await sealArchiveRecord({ type: 'chain', chain, ...proof(chain) }, by, key!),
    await sealArchiveRecord(conversation, by, key!),
  ]);
  assert.equal(await own.archive.orphans(), []);
  own.known.delete(other.device);
  const orphans = await own.archive.orphans();
  assert.equal(orphans.map(({ status }) => status).sort(), ['chain', 'state']);
  const [orphan] = orphans;
  if (orphan?.status !== 'chain') throw new Error('no chain');
  assert.is(await keep(own, await own.archive.chain(chain, orphan)), 1);
  await arrive(own);
  assert.equal(
    (await own.archive.orphans()).map(({ status }) => status),
    ['state'],
  );
  await own.stores.remove();
});

test.run();
