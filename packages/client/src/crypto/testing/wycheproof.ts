import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { aesCbcDecrypt, aesCbcEncrypt } from '../aes-cbc.js';
import { aesGcmOpen, importAesGcmKey } from '../aes-gcm.js';
import { constantTimeEqual } from '../constant-time.js';
import { CURVE25519_KEY_TYPE } from '../curve25519.js';
import { isCryptoError } from '../errors.js';
import { hkdfSha256, hmacSha256 } from '../kdf.js';
import { decapsulate, encapsulate, type Kem, ML_KEM_1024_KEY_TYPE, mlKem1024 } from '../kem.js';
import { joinBytes } from '../protobuf.js';
import { agree } from '../x25519.js';
import { verify, verifyInJavaScript } from '../xeddsa.js';
import { asXEdDSA } from './ed25519-signature.js';
import { fromHex } from './hex.js';

/*
 * Runs files of C2SP/wycheproof (`testvectors_v1`, Apache-2.0) against the primitives as this library uses them. The
 * files themselves are not kept here.
 */

type Fields = Readonly<Record<string, string | number | readonly string[]>>;
interface Group extends Readonly<Record<string, unknown>> {
  readonly tests: readonly Fields[];
}
/** A parsed file. */
export interface WycheproofFile {
  readonly testGroups: readonly Group[];
}

/** What became of a file's vectors. */
export interface WycheproofResult {
  checked: number;
  /** Of another key size or parameter than this library ever uses. */
  other: number;
}

/** Judges one vector: true where we accept it and come to its result. undefined: not for us. */
type Check = (test: Fields, group: Group) => Promise<boolean | undefined>;

const hex = (test: Fields, field: string) => fromHex(String(test[field]));
const tagged = (type: number, bytes: Uint8Array) => joinBytes([Uint8Array.of(type), bytes]);

/** Whether an action succeeds with these bytes; false where it refuses with a typed error. */
async function gives(expected: Uint8Array, action: () => Promise<Uint8Array> | Uint8Array): Promise<boolean> {
  try {
    return constantTimeEqual(await action(), expected);
  } catch (error) {
    if (isCryptoError(error)) return false;
    throw error;
  }
}

const checks: Readonly<Record<string, Check>> = {
  IndCpaTest: async (test, group) => {
    if (group.keySize !== 256) return undefined;
    const [key, iv, msg, ct] = ['key', 'iv', 'msg', 'ct'].map((field) => hex(test, field)) as Bytes4;
    if (test.result === 'valid' && !(await gives(ct, () => aesCbcEncrypt(key, iv, msg)))) return false;
    return gives(msg, () => aesCbcDecrypt(key, iv, ct));
  },
  AeadTest: async (test, group) => {
    if (group.keySize !== 256 || group.ivSize !== 96 || group.tagSize !== 128) return undefined;
    const key = await importAesGcmKey(hex(test, 'key'));
    const sealed = joinBytes([hex(test, 'iv'), hex(test, 'ct'), hex(test, 'tag')]);
    return gives(hex(test, 'msg'), () => aesGcmOpen(key, sealed, hex(test, 'aad')));
  },
  EddsaVerify: async (test, group) => {
    const { pk } = group.publicKey as { pk: string };
    const { publicKey, signature } = asXEdDSA(fromHex(pk), hex(test, 'sig'));
    const message = hex(test, 'msg');
    const native = await verify(publicKey, message, signature);
    if (native !== verifyInJavaScript(publicKey, message, signature)) throw new Error('two verdicts');
    return native;
  },
  HkdfTest: async (test) => {
    const [ikm, salt, info, okm] = ['ikm', 'salt', 'info', 'okm'].map((field) => hex(test, field)) as Bytes4;
    // Beyond 255 blocks the function refuses its caller, not a message.
    if (Number(test.size) > 8_160) return undefined;
    return gives(okm, () => hkdfSha256(ikm, salt, info, Number(test.size)));
  },
  MacTest: async (test, group) => {
    const tag = hmacSha256(hex(test, 'key'), hex(test, 'msg'));
    return constantTimeEqual(tag.slice(0, Number(group.tagSize) / 8), hex(test, 'tag'));
  },
  XdhComp: async (test) => {
    const publicKey = tagged(CURVE25519_KEY_TYPE, hex(test, 'public'));
    return gives(hex(test, 'shared'), () => agree(hex(test, 'private'), publicKey));
  },
  MLKEMKeyGen: async (test) =>
    constantTimeEqual(ml_kem1024.keygen(hex(test, 'seed')).publicKey, hex(test, 'ek')),
  MLKEMEncapsTest: async (test) => {
    const message = hex(test, 'm');
    const fixed: Kem = {
      ...mlKem1024,
      encapsulate(publicKey) {
        const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey, message);
        return { ciphertext: cipherText, sharedSecret };
      },
    };
    const publicKey = tagged(ML_KEM_1024_KEY_TYPE, hex(test, 'ek'));
    return gives(joinBytes([hex(test, 'c'), hex(test, 'K')]), () => {
      const { ciphertext, sharedSecret } = encapsulate(fixed, publicKey);
      return joinBytes([ciphertext.slice(1), sharedSecret]);
    });
  },
  MLKEMTest: async (test) => {
    const [seed, ciphertext] = [hex(test, 'seed'), tagged(ML_KEM_1024_KEY_TYPE, hex(test, 'c'))];
    return gives(hex(test, 'K'), () => decapsulate(mlKem1024, ciphertext, seed));
  },
  // Secret keys are stored as seeds: an expanded one that is damaged cannot occur, its ciphertexts can.
  MLKEMDecapsValidationTest: async (test) => {
    if ((test.flags as readonly string[]).some((flag) => flag.includes('DecapsulationKey'))) return undefined;
    const expanded: Kem = { ...mlKem1024, decapsulate: ml_kem1024.decapsulate };
    const ciphertext = tagged(ML_KEM_1024_KEY_TYPE, hex(test, 'c'));
    return gives(hex(test, 'K'), () => decapsulate(expanded, ciphertext, hex(test, 'dk')));
  },
};

type Bytes4 = [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** X25519 keys that are refused on purpose though the agreement is defined: see `decodePublicKey`. */
const REFUSED = ['NonCanonicalPublic', 'LowOrderPublic', 'ZeroSharedSecret'];

function expected(test: Fields): boolean {
  if (test.result !== 'acceptable') return test.result === 'valid';
  return !(test.flags as readonly string[]).some((flag) => REFUSED.includes(flag));
}

/**
 * Checks every vector of a file.
 * @throws Error at the first one whose verdict is another, by its tcId
 */
export async function checkWycheproof({ testGroups }: WycheproofFile): Promise<WycheproofResult> {
  const result = { checked: 0, other: 0 };
  for (const group of testGroups) {
    const check = checks[String(group.type)];
    if (!check) throw new Error(`no check for vectors of type ${String(group.type)}`);
    for (const test of group.tests) {
      const accepted = await check(test, group);
      if (accepted === undefined) result.other++;
      else if (accepted !== expected(test)) throw new Error(`${String(group.type)}, tcId ${test.tcId}`);
      else result.checked++;
    }
  }
  return result;
}
