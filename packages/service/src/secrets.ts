import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { schemas, toBase64url } from '@sotto/protocol';
import * as v from 'valibot';
import { ConfigError } from './config.js';
import { createFileOnce, readFileIfThere } from './secret-file.js';

const key = schemas.binaryOf(32);

const tokenJwk = v.strictObject({
  kty: v.literal('OKP'),
  crv: v.literal('Ed25519'),
  /** Public half. */
  x: v.string(),
  /** Private half. */
  d: v.string(),
});
/** Ed25519 private key (RFC 8037). */
export type TokenKey = v.InferOutput<typeof tokenJwk>;

const tokenKey = v.pipe(tokenJwk, v.check(halvesMatch, 'not an Ed25519 key pair'));

/** The token key as a JWK in JSON, as a setting. */
export const tokenKeyField = v.pipe(v.string(), v.transform(parseJson), tokenKey);

const secrets = v.strictObject({
  /** Signs tokens. */
  tokenKey,
  /** Keys the MAC on granted Yjs client ids. */
  grantKey: key,
  /** Keys the lasting answers about logins that do not exist. */
  preloginKey: key,
  /** Keys the hashes of refresh tokens. */
  refreshKey: key,
});

export type Secrets = v.InferOutput<typeof secrets>;

export type SecretsErrorCode = 'secrets/unreadable' | 'secrets/invalid';

/** The secrets' file is there but can't be used. It is never replaced: what it signed would be void. */
export class SecretsError extends Error {
  override readonly name = 'SecretsError';
  readonly code: SecretsErrorCode;
  readonly path: string;

  constructor(code: SecretsErrorCode, path: string, cause?: unknown) {
    super(`${code}: ${path}`, { cause });
    this.code = code;
    this.path = path;
  }
}

/** Settings that hold the secrets where there is no folder to keep them. */
export const SECRET_SETTINGS = {
  tokenKey: 'SOTTO_TOKEN_KEY',
  grantKey: 'SOTTO_GRANT_KEY',
  preloginKey: 'SOTTO_PRELOGIN_KEY',
  refreshKey: 'SOTTO_REFRESH_KEY',
} as const;

/**
 * Reads `secrets.json` in `folder`; makes it (mode 0600, durable) where there is none. Of two processes that make it at
 * once, both use the one that was first.
 * @throws SecretsError
 */
export async function loadSecrets(folder: string): Promise<Secrets> {
  const path = `${folder}/secrets.json`;
  try {
    const text = (await readFileIfThere(path)) ?? (await createFileOnce(path, freshSecrets()));
    return parseSecrets(path, text);
  } catch (error) {
    throw error instanceof SecretsError ? error : new SecretsError('secrets/unreadable', path, error);
  }
}

/**
 * Reads the secrets from {@link SECRET_SETTINGS}: the token key as a JWK in JSON, the others as 32 bytes in base64url.
 * @returns `undefined` when none of them is set
 * @throws ConfigError when some are missing or wrong; never with a value
 */
export function secretsFromEnv(env: Readonly<Record<string, string | undefined>>): Secrets | undefined {
  const names = Object.entries(SECRET_SETTINGS);
  if (names.every(([, name]) => !env[name])) return undefined;
  const mistakes: string[] = [];
  const given = names.map(([field, name]) => {
    const text = env[name];
    const value = field === 'tokenKey' && text ? parseJson(text) : text;
    if (!text) mistakes.push(`${name} is missing`);
    else if (!v.is(v.looseObject({ [field]: secrets.entries[field as keyof Secrets] }), { [field]: value }))
      mistakes.push(`${name} is not a key of its kind`);
    return [field, value];
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return v.parse(secrets, Object.fromEntries(given));
}

function freshSecrets(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { kty, crv, x, d } = privateKey.export({ format: 'jwk' });
  const [grantKey, preloginKey, refreshKey] = Array.from({ length: 3 }, () => toBase64url(randomBytes(32)));
  return `${JSON.stringify({ tokenKey: { kty, crv, x, d }, grantKey, preloginKey, refreshKey }, null, 2)}\n`;
}

function parseSecrets(path: string, text: string): Secrets {
  const result = v.safeParse(secrets, parseJson(text));
  if (!result.success) throw new SecretsError('secrets/invalid', path);
  return result.output;
}

/** @returns `undefined` for what is no JSON: the parser's own error quotes it */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function halvesMatch(jwk: TokenKey): boolean {
  try {
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    return createPublicKey(privateKey).export({ format: 'jwk' }).x === jwk.x;
  } catch {
    return false;
  }
}
