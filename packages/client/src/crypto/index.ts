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
export * from './identity-key.js';
export { hkdfSha256, hmacSha256 } from './kdf.js';
export {
  advance,
  ChainCursor,
  MAX_FORWARD_JUMPS,
  messageKeyAt,
  type SenderChain,
  type SenderMessageKey,
} from './sender-chain.js';
export {
  type ParsedSenderKeyMessage,
  parseDistributionMessage,
  parseSenderKeyMessage,
  type SenderKeyDistribution,
} from './sender-key-message.js';
export * from './sender-keys.js';
export { agree } from './x25519.js';
export { assertSignature, SIGNATURE_LENGTH, sign, verify } from './xeddsa.js';
