import {
  type AccountId,
  DecodeError,
  type DeviceId,
  decodeCbor,
  encodeCbor,
  fromBase64url,
  schemas,
  ticketId,
  toBase64url,
} from '@sotto/protocol';
import * as v from 'valibot';
import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../crypto/aes-gcm.js';
import {
  agree,
  generateKeyPair,
  hkdfSha256,
  type IdentityKey,
  isCryptoError,
  type KeyPair,
  type PublicKey,
} from '../crypto/index.js';
import { AccountError } from './errors.js';
import { accountKeys } from './vault-contents.js';

/** What a QR code says of a browser that is to become a device. It passes from screen to camera, never through a server. */
export interface LinkCode {
  readonly ticket: string;
  readonly device: DeviceId;
  /** The device's identity key. */
  readonly key: IdentityKey;
  /** What the answer is sealed to. */
  readonly ephemeral: PublicKey;
  /** As people know the device. */
  readonly name: string;
}

/** What a device of an account needs and a new one is told: everything but the account key and the vault key. */
export interface LinkSecrets {
  readonly account: AccountId;
  /** Public: what the device list must be signed by. */
  readonly identity: IdentityKey;
  readonly vaultVersion: number;
  readonly accountLogKeys: readonly Uint8Array[];
  readonly archiveKeys: readonly Uint8Array[];
  readonly unlockSecret: Uint8Array;
}

const LABEL = 'Sotto link v1';
const publicKey = schemas.bytesOf(33);
const code = v.strictObject({
  v: v.literal(1),
  ticket: ticketId,
  device: schemas.deviceId,
  key: publicKey,
  ephemeral: publicKey,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
});
const answer = v.strictObject({ v: v.literal(1), ephemeral: publicKey, sealed: schemas.bytes(16_000) });
const secrets = v.strictObject({
  v: v.literal(1),
  account: schemas.accountId,
  identity: publicKey,
  vaultVersion: schemas.count,
  accountLogKeys: accountKeys,
  archiveKeys: accountKeys,
  unlockSecret: schemas.bytesOf(32),
});

/** The text of a QR code (SPEC K9). */
export function encodeLinkCode(fields: LinkCode): string {
  return toBase64url(codeBytes(fields));
}

/** @throws AccountError `account/link-code-wrong` for anything that is no code */
export function decodeLinkCode(text: string): LinkCode {
  return orWrong(() => {
    const { v: _, ...fields } = decodeCbor(code, fromBase64url(text.trim()));
    return fields;
  });
}

/** Seals for who shows this code; nobody else can have sealed it who has not seen the code. */
export async function sealLinkSecrets(to: LinkCode, content: LinkSecrets): Promise<Uint8Array<ArrayBuffer>> {
  const pair = generateKeyPair();
  const key = await sharedKey(to, pair, to.ephemeral);
  const sealed = await aesGcmSeal(key, encodeCbor({ v: 1, ...content }), boundTo(to, pair.publicKey));
  return encodeCbor({ v: 1, ephemeral: pair.publicKey, sealed });
}

/**
 * Opens what was sealed for the shown code.
 * @param pair of which the code has the public half
 * @throws AccountError `account/link-code-wrong`
 */
export async function openLinkSecrets(
  shown: LinkCode,
  pair: KeyPair,
  bytes: Uint8Array,
): Promise<LinkSecrets> {
  try {
    const { ephemeral, sealed } = decodeCbor(answer, bytes);
    const key = await sharedKey(shown, pair, ephemeral);
    const opened = await aesGcmOpen(key, sealed, boundTo(shown, ephemeral));
    const { v: _, ...content } = decodeCbor(secrets, opened);
    return content;
  } catch (error) {
    if (error instanceof DecodeError || isCryptoError(error))
      throw new AccountError('account/link-code-wrong');
    throw error;
  }
}

function codeBytes({ ticket, device, key, ephemeral, name }: LinkCode): Uint8Array<ArrayBuffer> {
  return encodeCbor({ v: 1, ticket, device, key, ephemeral, name });
}

async function sharedKey(shown: LinkCode, pair: KeyPair, theirs: PublicKey): Promise<CryptoKey> {
  // The whole code counts, so that one who saw another code has another key.
  const salt = new Uint8Array(await crypto.subtle.digest('SHA-256', codeBytes(shown)));
  const secret = await agree(pair.privateKey, theirs);
  return importAesGcmKey(hkdfSha256(secret, salt, LABEL, 32));
}

function boundTo({ ticket, device }: LinkCode, ephemeral: PublicKey): Uint8Array {
  return encodeCbor([LABEL, ticket, device, ephemeral]);
}

function orWrong<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) throw new AccountError('account/link-code-wrong');
    throw error;
  }
}
