import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import type { Fuzzed, FuzzedDecoders } from '@sotto/protocol/testing';
import { decodeStateClaim, encodeStateClaim } from '../access/state-claim.js';
import { decodeClaim, decodePending, encodeClaim, encodePending } from '../claims/claim-record.js';

const key = 'link:somebody';
const claim = { key, nonce: new Uint8Array(16).fill(1), body: new Uint8Array(20), at: 5 };
const account = randomId<AccountId>();
const document = documentName(logName('s', randomId<ConversationId>()), 0);

const cborOf = (sample: Uint8Array, decode: Fuzzed['decode']): Fuzzed => ({
  samples: () => [sample],
  decode,
  form: 'cbor',
});

/** What servers read of their own stores: another version, or a disk, may have written it. */
export const storeDecoders: FuzzedDecoders = {
  claim: cborOf(encodeClaim(claim), (bytes) => decodeClaim(key, bytes)),
  'pending claim': cborOf(encodePending({ ...claim, until: 9 }), (bytes) => decodePending(key, bytes)),
  'state claim': cborOf(
    encodeStateClaim({
      change: { kind: 'group', members: [{ account, role: 'admin' }] },
      by: { account, device: randomId<DeviceId>() },
      records: [{ document, client: 1, clock: 0, body: new Uint8Array(9) }],
    }),
    decodeStateClaim,
  ),
};
