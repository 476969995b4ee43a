/** What tests elsewhere need of the crypto library's own tests, `@sotto/client/testing/crypto`. */
export { mutate, type SeededRandom, seededRandom } from '../seeded-random.js';
export { kyberRound3 } from './kyber-round3.js';
export { TestDevice } from './session-fixture.js';
export { checkWycheproof, type WycheproofFile, type WycheproofResult } from './wycheproof.js';
