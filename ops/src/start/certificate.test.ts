import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ownCertificate, readCertificate } from './certificate.js';

const test = suite('certificate');
const folder = mkdtempSync(join(tmpdir(), 'sotto-certificate-'));
test.after(() => rmSync(folder, { recursive: true }));

const names = ['localhost', '127.0.0.1', '::1'];

test('S2: a certificate of its own holds every name, and is kept', async () => {
  const made = await ownCertificate(folder, names);
  const certificate = new X509Certificate(made.cert);
  assert.ok(
    certificate.checkHost('localhost') && certificate.checkIP('127.0.0.1') && certificate.checkIP('::1'),
  );
  assert.is(certificate.fingerprint256, made.fingerprint);
  assert.equal(await ownCertificate(folder, names), made);
  assert.is(statSync(join(folder, 'certificate.pem')).mode & 0o777, 0o600);
});

test('S2: a new name needs a new certificate', async () => {
  const before = await ownCertificate(folder, names);
  const after = await ownCertificate(folder, [...names, '192.168.7.7', 'den.example']);
  assert.is.not(after.fingerprint, before.fingerprint);
  const certificate = new X509Certificate(after.cert);
  assert.ok(certificate.checkIP('192.168.7.7') && certificate.checkHost('den.example'));
});

const isStartError = (error: Error): boolean => error.name === 'StartError' && !error.message.includes('\n');

async function refusalOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  return assert.unreachable('was accepted') as never;
}

test('a kept file that is damaged is not silently replaced', async () => {
  const file = join(folder, 'certificate.pem');
  const whole = readFileSync(file);
  writeFileSync(file, 'damaged');
  assert.ok(isStartError(await refusalOf(ownCertificate(folder, names))));
  assert.is(readFileSync(file, 'utf8'), 'damaged');
  writeFileSync(file, whole);
});

test('given files are used, and refused in one line when they do not fit', async () => {
  const own = await ownCertificate(folder, names);
  const other = await ownCertificate(join(folder, 'other'), names);
  const files = { cert: join(folder, 'c.pem'), key: join(folder, 'k.pem') };
  writeFileSync(files.cert, own.cert);
  writeFileSync(files.key, own.key);
  assert.is(readCertificate(files).fingerprint, own.fingerprint);
  writeFileSync(files.key, other.key);
  assert.throws(() => readCertificate(files), isStartError);
  assert.throws(() => readCertificate({ ...files, cert: join(folder, 'none.pem') }), isStartError);
});

test.run();
