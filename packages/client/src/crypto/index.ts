/** The crypto library, `@sotto/client/crypto`: see README.md. */
export * from './constant-time.js';
export {
  decodePublicKey,
  generateKeyPair,
  type KeyPair,
  keyPairFromPrivateKey,
  type PrivateKey,
  PUBLIC_KEY_LENGTH,
  type PublicKey,
} from './curve25519.js';
export * from './errors.js';
export * from './fingerprint.js';
export { GroupCipher } from './group-cipher.js';
export * from './identity-key.js';
export { hkdfSha256, hmacSha256 } from './kdf.js';
export { type Kem, type KemKeyPair, ML_KEM_1024_KEY_TYPE, mlKem1024 } from './kem.js';
export { MemoryStores } from './memory-stores.js';
export * from './pre-keys.js';
export {
  advance,
  ChainCursor,
  MAX_FORWARD_JUMPS,
  messageKeyAt,
  type SenderChain,
  type SenderMessageKey,
} from './sender-chain.js';
export {
  encodeDistributionMessage,
  parseDistributionMessage,
  parseSenderKeyMessage,
  type SenderKeyDistributionMessage,
  type SenderKeyMessage,
} from './sender-key-message.js';
export * from './sender-keys.js';
export {
  acceptSession,
  type CiphertextMessage,
  CiphertextMessageType,
  decryptInRecord,
  decryptInSession,
  encryptInSession,
  initiateSession,
  type LocalParty,
  type ResponderPreKeys,
} from './session.js';
export { SessionBuilder, SessionCipher } from './session-cipher.js';
export {
  type PreKeySignalMessage,
  parsePreKeySignalMessage,
  parseSignalMessage,
  type SignalMessage,
} from './session-message.js';
export {
  archiveCurrent,
  deserializeSessionRecord,
  EMPTY_SESSION_RECORD,
  hasCurrentState,
  MAX_UNANSWERED_AGE_MS,
  promote,
  type SessionRecord,
  type SessionState,
  serializeSessionRecord,
} from './session-state.js';
export { generateSigningKeyPair, type SigningKeyPair, signingKeyPairFromSeed } from './signing-key.js';
export * from './store-interfaces.js';
export { agree } from './x25519.js';
export { assertSignature, SIGNATURE_LENGTH, sign, verify } from './xeddsa.js';
