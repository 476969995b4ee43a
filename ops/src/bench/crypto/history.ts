import {
  ChainCache,
  type ConversationError,
  checkSuccession,
  createMessage,
  createOwnChain,
  decodeEvent,
  decodeReceivedChain,
  distributionId,
  encodeBound,
  encodeEvent,
  encodeReceivedChain,
  eventHash,
  type FoundEnvelope,
  isConversationError,
  NO_HASH,
  type OpenedEnvelope,
  openEnvelopes,
  readOwnChain,
  sealEnvelope,
  Timeline,
} from '@sotto/client/conversation';
import { sealSenderKeyMessage } from '@sotto/client/crypto';
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  documentName,
  logName,
  randomId,
} from '@sotto/protocol';
import { bestRate } from './best-rate.js';

/** Authors of the history; each has sealed {@link PER_AUTHOR} messages, under two chains. */
const AUTHORS = 4;
const PER_AUTHOR = 1_280;
const PER_CHAIN = 640;
/** Envelopes of a segment, opened at once. */
const SEGMENT = 256;
/** Segments that are being opened while one is folded: WebCrypto is never left without work. */
const READ_AHEAD = 2;

interface History {
  /** By segment, authors in turn. */
  readonly segments: readonly (readonly FoundEnvelope[])[];
  /** Chain records as the key store has them, opened. */
  readonly chains: readonly Uint8Array[];
  readonly accounts: readonly AccountId[];
}

const TEXTS = ['Are you there?', 'On my way', 'The second train is late again, start without me please'];

async function writeHistory(): Promise<History> {
  const conversation = randomId<ConversationId>();
  const accounts = Array.from({ length: AUTHORS }, () => randomId<AccountId>());
  const chains: Uint8Array[] = [];
  const written: FoundEnvelope[][] = [];
  for (const [author, account] of accounts.entries()) {
    const device = randomId<DeviceId>();
    const names = [1, 2].map((epoch) => createOwnChain({ conversation, epoch, device, generation: 1 }));
    for (const chain of names) chains.push(encodeReceivedChain(readOwnChain(chain, account)));
    let prev = NO_HASH;
    const envelopes: FoundEnvelope[] = [];
    for (let seq = 0; seq < PER_AUTHOR; seq++) {
      const segment = Math.floor((seq * AUTHORS) / SEGMENT);
      const place = { client: 2 ** 52 + author, clock: seq % (SEGMENT / AUTHORS) };
      const wall = 1_760_000_000_000 + seq * AUTHORS + author;
      const text = TEXTS[seq % TEXTS.length]!;
      const event = encodeEvent(createMessage({ text, clock: { wall, counter: 0 } }));
      const bytes = await sealEnvelope({
        chain: names[Math.floor(seq / PER_CHAIN)]!,
        iteration: seq % PER_CHAIN,
        binding: { log: 'm', segment, ...place, seq, prev, stateHead: NO_HASH, listVersion: 1 },
        event,
      });
      prev = eventHash(event);
      const document = documentName(logName('m', conversation), segment);
      envelopes.push({ bytes, position: { document, ...place }, device });
    }
    written.push(envelopes);
  }
  const each = SEGMENT / AUTHORS;
  const segments = Array.from({ length: PER_AUTHOR / each }, (_, i) =>
    written.flatMap((envelopes) => envelopes.slice(i * each, (i + 1) * each)),
  );
  return { segments, chains, accounts };
}

/** What a device with the chain records does with a history: chains, signatures, keys, bindings, succession, events, fold. */
async function readHistory({ segments, chains, accounts }: History): Promise<Timeline> {
  const byId = new Map(
    chains.map((bytes) => {
      const chain = decodeReceivedChain(bytes);
      return [distributionId(chain), chain];
    }),
  );
  const at = { chains: byId.get.bind(byId), cache: new ChainCache() };
  const [self, ...others] = accounts as [AccountId, ...AccountId[]];
  const timeline = new Timeline({ self, others });
  const latest = new Map<DeviceId, Parameters<typeof checkSuccession>[1]>();
  const opening = segments.slice(0, READ_AHEAD).map((segment) => openEnvelopes(segment, at));
  for (const [i, segment] of segments.entries()) {
    const further = segments[i + READ_AHEAD];
    if (further) opening.push(openEnvelopes(further, at));
    const opened = await opening.shift()!;
    for (const [index, envelope] of opened.entries()) {
      const { chain, binding, iteration, event } = assertOpen(envelope);
      const { device, generation, account } = chain;
      const step = { ...binding, iteration, event };
      checkSuccession(latest.get(device), step);
      latest.set(device, step);
      const { position } = segment[index]!;
      timeline.add({ account, device, generation, seq: binding.seq, event: decodeEvent(event), position });
    }
  }
  return timeline;
}

function assertOpen(envelope: OpenedEnvelope | ConversationError) {
  if (isConversationError(envelope)) throw envelope;
  if (envelope.status !== 'open') throw new Error('an envelope of the history has no key');
  return envelope;
}

/** Envelopes of a history read in a second, from sealed bytes to the timeline. */
export async function measureHistory(): Promise<number> {
  const history = await writeHistory();
  const count = AUTHORS * PER_AUTHOR;
  return bestRate(count, async () => {
    const { size } = await readHistory(history);
    if (size !== count) throw new Error(`${size} of ${count} messages in the timeline`);
  });
}

/** Sizes of an envelope over a text of 20 characters, every number in its binding as long as it gets. */
export async function measureEnvelope(): Promise<{ bytes: number; padded: number }> {
  const chain = createOwnChain({
    conversation: randomId<ConversationId>(),
    epoch: 9_999,
    device: randomId<DeviceId>(),
    generation: 1,
  });
  const event = encodeEvent(
    createMessage({ text: 'x'.repeat(20), clock: { wall: 1_790_000_000_000, counter: 9 } }),
  );
  const binding = {
    log: 'm' as const,
    segment: 9_999,
    client: 2 ** 53 - 1,
    clock: 255,
    seq: 999_999,
    prev: NO_HASH,
    stateHead: NO_HASH,
    listVersion: 999,
  };
  const { conversation, epoch } = chain;
  const bound = encodeBound({ ...binding, conversation, epoch }, event);
  const { message } = await sealSenderKeyMessage({ ...chain.first, iteration: 999 }, bound);
  const padded = await sealEnvelope({ chain, iteration: 999, binding, event });
  return { bytes: message.length, padded: padded.length };
}
