import { bytesToHex } from '@noble/hashes/utils.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keyPairFromPrivateKey } from './curve25519.js';
import { compareScannedFingerprint, createFingerprint } from './fingerprint.js';
import { ChainCursor } from './sender-chain.js';
import { parseDistributionMessage, parseSenderKeyMessage } from './sender-key-message.js';
import { openSenderKeyMessage, verifySenderKeyMessage } from './sender-keys.js';
import { acceptSession, decryptInSession } from './session.js';
import { parsePreKeySignalMessage } from './session-message.js';
import { fromBase64 as bytes } from './testing/hex.js';
import { kyberRound3 } from './testing/kyber-round3.js';
import {
  displayableFingerprint,
  preKeySignalMessages,
  scannableFingerprint,
  senderKeyDistributionMessage,
  senderKeyMessages,
} from './testing/official-vectors.js';

const test = suite('official-vectors');
const read = (plaintext: Uint8Array) => new TextDecoder().decode(plaintext);
const keyPair = (byte: number) => keyPairFromPrivateKey(new Uint8Array(32).fill(byte));

test("Sender Keys v3, opens the official library's messages", async () => {
  const chain = parseDistributionMessage(bytes(senderKeyDistributionMessage));
  assert.is(bytesToHex(chain.distributionId), '00112233445566778899aabbccddeeff');
  const cursor = new ChainCursor(chain);
  for (const [i, text] of ['one', 'two', 'three'].entries()) {
    const parsed = parseSenderKeyMessage(bytes(senderKeyMessages[i]!));
    assert.is(parsed.iteration, i);
    const message = await verifySenderKeyMessage(parsed, chain.signingKey);
    assert.is(read(await openSenderKeyMessage(message, cursor.messageKey(i))), text);
  }
});

test("PQXDH and Double Ratchet v4, opens the official library's messages", async () => {
  const [first, second] = preKeySignalMessages.map((message) => parsePreKeySignalMessage(bytes(message)));
  assert.equal(
    [first!.preKeyId, first!.signedPreKeyId, first!.kyberPreKeyId, first!.registrationId],
    [21, 22, 23, 5],
  );
  const local = { identity: keyPair(1), registrationId: 77 };
  const kyberSecretKey = ml_kem1024.keygen(new Uint8Array(64).fill(4)).secretKey;
  const keys = { signedPreKey: keyPair(2), oneTimePreKey: keyPair(3), kyberSecretKey };
  const session = await acceptSession(local, keys, first!, kyberRound3);
  const two = await decryptInSession(session, second!.message);
  assert.is(read(two.plaintext), 'second');
  assert.is(read((await decryptInSession(two.state, first!.message)).plaintext), 'first');
});

test("numeric fingerprint v2, equals the official library's", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const alice = { stableId: encode('alice'), identityKey: keyPair(1).publicKey };
  const bob = { stableId: encode('bob'), identityKey: keyPair(2).publicKey };
  const fingerprint = createFingerprint(alice, bob);
  assert.is(fingerprint.displayable, displayableFingerprint);
  assert.equal(fingerprint.scannable, bytes(scannableFingerprint));
  assert.ok(compareScannedFingerprint(createFingerprint(bob, alice).scannable, bytes(scannableFingerprint)));
});

test.run();
