import { randomUUID } from 'node:crypto';
import type { CiphertextMessage, PreKeyBundle } from '@sotto/client/crypto';
import { copied, loadOfficialLibrary, type OfficialLibrary } from '../../oracle/official-library.js';
import { OfficialPeer } from '../../oracle/official-peer.js';
import { officialSenderKeyStore } from '../../oracle/official-stores.js';
import { bestRate } from './best-rate.js';
import { MESSAGES, PLAINTEXT, type Rates, SESSIONS } from './rates.js';

/**
 * Measures Signal's own library, a native add-on, with its stores in memory.
 * @returns undefined where it is not installed
 */
export async function measureOfficial(): Promise<Rates | undefined> {
  const [senderKeys, sessions] = [await loadOfficialLibrary('0.103'), await loadOfficialLibrary('0.90')];
  if (!senderKeys || !sessions) return undefined;
  return { ...(await measureSenderKeys(senderKeys)), ...(await measureSessions(sessions)) };
}

async function measureSenderKeys(
  official: OfficialLibrary,
): Promise<Pick<Rates, 'encryptPerS' | 'decryptPerS'>> {
  const sender = official.ProtocolAddress.new(randomUUID(), 1);
  const id = randomUUID();
  const own = officialSenderKeyStore(official);
  const { SenderKeyDistributionMessage } = official;
  let distribution = new Uint8Array();
  let messages: Uint8Array<ArrayBuffer>[] = [];
  const encryptPerS = await bestRate(MESSAGES, async () => {
    distribution = (await SenderKeyDistributionMessage.create(sender, id, own)).serialize();
    messages = [];
    for (let i = 0; i < MESSAGES; i++)
      messages.push((await official.groupEncrypt(sender, id, own, PLAINTEXT)).serialize());
  });
  const decryptPerS = await bestRate(MESSAGES, async () => {
    const theirs = officialSenderKeyStore(official);
    const message = SenderKeyDistributionMessage.deserialize(copied(distribution));
    await official.processSenderKeyDistributionMessage(sender, message, theirs);
    for (const sealed of messages) await official.groupDecrypt(sender, theirs, sealed);
  });
  return { encryptPerS, decryptPerS };
}

async function measureSessions(
  official: OfficialLibrary,
): Promise<Pick<Rates, 'sessionPerS' | 'acceptPerS'>> {
  const text = 'a'.repeat(PLAINTEXT.length);
  let [alice, bob] = [new OfficialPeer('alice', official), new OfficialPeer('bob', official)];
  let bundles: PreKeyBundle[] = [];
  let beginnings: CiphertextMessage[] = [];
  const publish = async () => {
    [alice, bob] = [new OfficialPeer('alice', official), new OfficialPeer('bob', official)];
    bundles = await Promise.all(Array.from({ length: SESSIONS }, () => bob.publish()));
    beginnings = [];
  };
  const begin = async () => {
    for (const [i, bundle] of bundles.entries()) {
      await alice.begin(`bob ${i}`, bundle);
      beginnings.push(await alice.encrypt(`bob ${i}`, text));
    }
  };
  const accept = async () => {
    for (const [i, message] of beginnings.entries()) await bob.decrypt(`alice ${i}`, message);
  };
  return {
    sessionPerS: await bestRate(SESSIONS, begin, publish),
    acceptPerS: await bestRate(SESSIONS, accept, async () => {
      await publish();
      await begin();
    }),
  };
}
