import type { AccountId, ConversationId } from '@sotto/protocol';
import { DecodeError, randomId } from '@sotto/protocol';
import type { FuzzedDecoders } from '@sotto/protocol/testing';
import { accountDecoders } from '../../account/testing/decoders.js';
import { conversationDecoders } from '../../conversation/testing/decoders.js';
import { AccountState } from '../context/account-state.js';
import { decodeFacts, factsWrite, withRecord } from '../room/room-facts.js';

const peer = randomId<AccountId>();
const given = { stateKey: new Uint8Array(32), state: [new Uint8Array(60)] };
const facts = withRecord(undefined, { kind: 'direct', peer }, peer, given);

function settings(): Uint8Array[] {
  const state = new AccountState();
  const identity = new Uint8Array(33).fill(5);
  return [
    state.setStanding(peer, 'accepted')!,
    state.setTrusted(peer, { identity, since: 7, accepted: true })!,
    state.setVerified(peer, identity)!,
  ];
}

/** What other devices of the account wrote, applied to settings of this one. */
function readSettings(update: Uint8Array): unknown {
  const state = new AccountState();
  if (!state.apply(update)) throw new DecodeError('shape', 'account settings');
  for (const account of state.allTrusted()) state.trusted(account);
  return [state.standing(peer), state.trusted(peer), state.verified(peer)];
}

/** Every decoder of the client, but those of its crypto library. */
export const clientDecoders: FuzzedDecoders = {
  ...conversationDecoders,
  ...accountDecoders,
  'account settings': { samples: settings, decode: readSettings, form: 'bytes' },
  'conversation facts': {
    samples: () => [factsWrite(randomId<ConversationId>(), facts).value!],
    decode: decodeFacts,
    form: 'cbor',
  },
};
