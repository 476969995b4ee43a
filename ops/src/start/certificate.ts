import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { reasonOf } from './data-folder.js';
import { StartError } from './start-error.js';

export interface Certificate {
  /** PEM */
  readonly cert: string;
  /** PEM */
  readonly key: string;
  /** SHA-256 of the certificate, as browsers show it. */
  readonly fingerprint: string;
}

const DAY_MS = 86_400_000;
/** Platforms refuse certificates that hold for longer. */
const LIFETIME_DAYS = 397;

function assemble(cert: string, key: string): Certificate {
  const certificate = new X509Certificate(cert);
  if (!certificate.checkPrivateKey(createPrivateKey(key)))
    throw new Error('the key belongs to another certificate');
  return { cert, key, fingerprint: certificate.fingerprint256 };
}

/**
 * Reads a certificate and its key.
 * @throws StartError
 */
export function readCertificate(files: { cert: string; key: string }): Certificate {
  try {
    return assemble(readFileSync(files.cert, 'utf8'), readFileSync(files.key, 'utf8'));
  } catch (error) {
    throw new StartError(`Cannot use the certificate ${files.cert} with ${files.key}: ${reasonOf(error)}.`);
  }
}

function stillFits({ cert }: Certificate, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(cert);
  if (Date.parse(certificate.validTo) - now < DAY_MS) return false;
  return names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)));
}

async function make(names: readonly string[], now: number): Promise<{ cert: string; key: string }> {
  const altNames = names.map((name) =>
    isIP(name) ? ({ type: 7, ip: name } as const) : ({ type: 2, value: name } as const),
  );
  const made = await generate([{ name: 'commonName', value: 'Sotto' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + (LIFETIME_DAYS - 1) * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function keep(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * The certificate that Sotto made for itself: the one kept in `folder` while it lasts and holds every name, else a new one.
 * @param names hosts and addresses it must hold
 * @throws StartError when it cannot be kept
 */
export async function ownCertificate(folder: string, names: readonly string[]): Promise<Certificate> {
  // Key and certificate are one file, so that no crash can leave a pair that does not match.
  const file = join(folder, 'certificate.pem');
  const split = (pem: string): Certificate => assemble(pem.slice(pem.indexOf('-----BEGIN CERT')), pem);
  try {
    if (existsSync(file)) {
      const kept = split(readFileSync(file, 'utf8'));
      if (stillFits(kept, names, Date.now())) return kept;
    }
    const made = await make(names, Date.now());
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const pem = `${made.key.trim()}\n${made.cert.trim()}\n`;
    keep(file, pem);
    return split(pem);
  } catch (error) {
    throw new StartError(`Cannot keep a certificate in ${file}: ${reasonOf(error)}.`);
  }
}
