import {
  type ChainName,
  createMessage,
  createOwnChain,
  encodeEvent,
  NO_HASH,
  type OwnChain,
  ownDistribution,
  sealEnvelope,
  signChain,
} from '@sotto/client/conversation';
import { generateIdentityKeyPair, type IdentityKeyPair } from '@sotto/client/crypto';
import { documentName, encodeStruct, feedRoot, logName } from '@sotto/protocol';
import type { World } from './world.js';

/** A chain that somebody made up in the name of a device whose keys they do not have. */
export interface ForgedChain {
  readonly chain: OwnChain;
  /** By what they sign for that device. */
  readonly identity: IdentityKeyPair;
  /** X15's, by that identity. */
  readonly signature: Uint8Array<ArrayBuffer>;
  /** SenderKeyDistributionMessage. */
  readonly distribution: Uint8Array;
  /** Puts words into that device's feed, sealed by the chain. */
  speak(world: World, text: string): Promise<void>;
}

/** @param name a generation that the device does not come to by itself */
export function forgeChain(name: ChainName): ForgedChain {
  const identity = generateIdentityKeyPair();
  const chain = createOwnChain(name);
  const { publicKey } = chain.first.signingKeyPair;
  return {
    chain,
    identity,
    signature: new Uint8Array(signChain(name, publicKey, identity)),
    distribution: ownDistribution(chain),
    async speak({ servers }, text) {
      const document = documentName(logName('m', name.conversation), 0);
      const client = 30_000_000 + Math.floor(Math.random() * 10_000_000);
      const binding = { log: 'm', segment: 0, client, clock: 0, seq: 0, prev: NO_HASH } as const;
      const envelope = await sealEnvelope({
        chain,
        iteration: 0,
        binding: { ...binding, stateHead: NO_HASH, listVersion: 1 },
        event: encodeEvent(createMessage({ text, clock: { wall: Date.now(), counter: 0 } })),
      });
      const body = encodeStruct(feedRoot(name.device, client), client, 0, envelope);
      await servers.stores.log.append([{ document, client, clock: 0, body }]);
    },
  };
}
