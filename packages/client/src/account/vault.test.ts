import { type AccountId, decodeCbor, encodeCbor, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { mutate, seededRandom } from '../crypto/seeded-random.js';
import { newKdf } from './kdf.js';
import { generateRecoveryKey } from './recovery-key.js';
import { accountErrorCode } from './testing/account-error-code.js';
import {
  assertVaultNotOlder,
  openVaultWithPassword,
  openVaultWithRecoveryKey,
  sealVault,
  VAULT_BYTES,
} from './vault.js';
import { newVaultContents, type VaultContents } from './vault-contents.js';

const test = suite('vault');
const account = randomId<AccountId>();
const recoveryKey = generateRecoveryKey();
const contents = newVaultContents(account, recoveryKey);
const kdf = newKdf();
const vaultHalf = crypto.getRandomValues(new Uint8Array(32));
const password = { account, kdf, vaultHalf };
const sealed = await sealVault(contents, { kdf, vaultHalf });

function plain({ identity, ...rest }: VaultContents): unknown {
  return JSON.stringify([rest, identity], (_, value) =>
    value instanceof Uint8Array ? [...value].join() : (value as unknown),
  );
}

test('opens with the password’s half and with the recovery key, to the same contents', async () => {
  assert.is(plain(await openVaultWithPassword(sealed, password)), plain(contents));
  assert.is(plain(await openVaultWithRecoveryKey(sealed, { account, recoveryKey })), plain(contents));
  assert.ok(sealed.length <= VAULT_BYTES);
});

test('holds nothing readable', () => {
  const secrets = [
    contents.identity.privateKey,
    contents.accountLogKeys[0]!,
    contents.archiveKeys[0]!,
    contents.unlockSecret,
    contents.recoverySecret,
    recoveryKey,
    vaultHalf,
  ];
  const raw = Buffer.from(sealed);
  for (const secret of secrets) assert.is(raw.indexOf(secret), -1);
  assert.ok(raw.indexOf(kdf.salt) >= 0, 'control: the search finds');
});

test('does not open for another key, account or derivation', async () => {
  const other = crypto.getRandomValues(new Uint8Array(32));
  const attempts = [
    () => openVaultWithPassword(sealed, { ...password, vaultHalf: other }),
    () => openVaultWithPassword(sealed, { ...password, account: randomId<AccountId>() }),
    () => openVaultWithPassword(sealed, { ...password, kdf: { ...kdf, passes: 4 } }),
    () => openVaultWithPassword(sealed, { ...password, kdf: newKdf() }),
    () => openVaultWithRecoveryKey(sealed, { account, recoveryKey: generateRecoveryKey() }),
    () => openVaultWithRecoveryKey(sealed, { account: randomId<AccountId>(), recoveryKey }),
    // One half is no good for the other's lock.
    () => openVaultWithRecoveryKey(sealed, { account, recoveryKey: vaultHalf }),
  ];
  for (const attempt of attempts) assert.is(await accountErrorCode(attempt), 'account/vault-unopenable');
});

const anything = v.record(v.string(), v.unknown());

/** The vault with one of its fields changed. */
function withField(field: string, change: (value: never) => unknown): Uint8Array {
  const fields = decodeCbor(anything, sealed);
  return encodeCbor({ ...fields, [field]: change(fields[field] as never) });
}

test('every readable field is authenticated, by either way of opening', async () => {
  const flip = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte));
  const byRecovery = (vault: Uint8Array) =>
    accountErrorCode(() => openVaultWithRecoveryKey(vault, { account, recoveryKey }));
  const byPassword = (vault: Uint8Array) => accountErrorCode(() => openVaultWithPassword(vault, password));
  const version = withField('version', (value) => value + 1);
  const contentsChanged = withField('contents', flip);
  for (const vault of [version, contentsChanged]) {
    assert.is(await byPassword(vault), 'account/vault-unopenable');
    assert.is(await byRecovery(vault), 'account/vault-unopenable');
  }
  const kdfChanged = withField('kdf', (value: object) => ({ ...value, memoryKiB: 8 }));
  assert.is(await byRecovery(kdfChanged), 'account/vault-unopenable');
  assert.is(await byPassword(withField('byPassword', flip)), 'account/vault-unopenable');
  assert.is(await byRecovery(withField('byRecovery', flip)), 'account/vault-unopenable');
  const swapped = decodeCbor(anything, sealed);
  const exchanged = encodeCbor({
    ...swapped,
    byPassword: swapped.byRecovery,
    byRecovery: swapped.byPassword,
  });
  assert.is(await byPassword(exchanged), 'account/vault-unopenable');
  assert.is(await byRecovery(exchanged), 'account/vault-unopenable');
});

test('parts of two versions do not mix', async () => {
  const next = await sealVault({ ...contents, version: 2 }, { kdf, vaultHalf });
  const [old, young] = [decodeCbor(anything, sealed), decodeCbor(anything, next)];
  for (const field of ['version', 'byPassword', 'contents']) {
    const mixed = encodeCbor({ ...young, [field]: old[field] });
    assert.is(
      await accountErrorCode(() => openVaultWithPassword(mixed, password)),
      'account/vault-unopenable',
    );
  }
  assert.is((await openVaultWithPassword(next, password)).version, 2);
});

test('a vault under a new password keeps its recovery key', async () => {
  const opened = await openVaultWithPassword(sealed, password);
  const renewed = { kdf: newKdf(), vaultHalf: crypto.getRandomValues(new Uint8Array(32)) };
  const next = await sealVault({ ...opened, version: opened.version + 1 }, renewed);
  const recovered = await openVaultWithRecoveryKey(next, { account, recoveryKey });
  assert.equal(
    recovered.archiveKeys.map((key) => [...key]),
    contents.archiveKeys.map((key) => [...key]),
  );
  assert.is(await accountErrorCode(() => openVaultWithPassword(next, password)), 'account/vault-unopenable');
});

test('sealing twice uses nothing twice', async () => {
  const [first, second] = [sealed, await sealVault(contents, { kdf, vaultHalf })].map((vault) =>
    decodeCbor(anything, vault),
  );
  for (const field of ['byPassword', 'byRecovery', 'contents'])
    assert.not.equal([...(first![field] as Uint8Array)], [...(second![field] as Uint8Array)]);
});

test('a vault that is older than the newest one seen is refused', async () => {
  assert.is(await accountErrorCode(() => assertVaultNotOlder(2, 3)), 'account/vault-rolled-back');
  for (const version of [3, 4])
    assert.is(await accountErrorCode(() => assertVaultNotOlder(version, 3)), undefined);
});

test('no changed bytes open to anything else (fuzz)', async () => {
  const random = seededRandom(Math.floor(Math.random() * 2 ** 32));
  let refused = 0;
  for (let round = 0; round < 400; round += 1) {
    const changed = mutate(random, sealed);
    const code = await accountErrorCode(async () => {
      const opened = await openVaultWithPassword(changed, password);
      // The recovery key's wrap is the one part that this way of opening does not read.
      assert.is(plain(opened), plain(contents), `seed ${random.seed}`);
    });
    if (code !== undefined) {
      assert.is(code, 'account/vault-unopenable', `seed ${random.seed}`);
      refused += 1;
    }
  }
  assert.ok(refused > 200);
});

test.run();
