import {
  type AccountApi,
  AccountError,
  completeSignUp,
  createDirectory,
  listedDevice,
  morePreKeys,
  openVaultWithRecoveryKey,
  parseRecoveryKey,
  preKeyBundleOf,
  type SignedUp,
  signalRecords,
  signIn,
  storedDevice,
} from '@sotto/client/account';
import { SessionBuilder, SessionCipher } from '@sotto/client/crypto';
import { type DeviceId, ProtocolError, toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newKeyStore } from './testing/new-key-store.js';
import { type Interference, runAuthServer } from './testing/running-auth-server.js';

/** The client's account flows against the auth server itself. */
const test = suite('account flows');
const server = await runAuthServer();
test.after(() => server.close());

const PASSWORD = 'correct horse battery';
const deviceName = 'Test';
const wait = async () => undefined;
let people = 0;

interface Person extends SignedUp {
  readonly username: string;
  readonly api: AccountApi;
}

async function newPerson(interfere?: Interference): Promise<Person> {
  people += 1;
  const username = `person${people}`;
  const token = await server.linkFor(`${username}@example.org`);
  const api = server.browser(interfere);
  return {
    ...(await completeSignUp(api, { token, username, password: PASSWORD, deviceName, wait })),
    username,
    api,
  };
}

async function codeOf(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (!(error instanceof AccountError || error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

const signInAs = (api: AccountApi, login: string, knownDevice?: DeviceId) =>
  signIn(api, { login, password: PASSWORD, knownDevice, deviceName, wait });

/** Lets a request reach the server and loses its answer. */
function losingAnswers(of: string, times: number): Interference & { lost: () => number } {
  let lost = 0;
  const interfere: Interference = async (path, send) => {
    const response = await send();
    if (path !== of || lost === times) return response;
    lost += 1;
    throw new TypeError('connection lost');
  };
  return Object.assign(interfere, { lost: () => lost });
}

/** Changes what one path answers. */
function changing(of: string, change: (body: Record<string, unknown>) => object): Interference {
  return async (path, send) => {
    const response = await send();
    return path === of ? Response.json(change((await response.json()) as never), response) : response;
  };
}

test('signing up makes an account with this device, whose secrets are kept before the server hears of it', async () => {
  const token = await server.linkFor('ada@example.org');
  const api = server.browser();
  const kept: string[] = [];
  const made = await completeSignUp(api, {
    token,
    username: 'ada',
    password: PASSWORD,
    deviceName,
    async keep({ device, vault }) {
      assert.is(
        (await server.browser().checkLink({ token: Buffer.from(token, 'base64url') as never })).email,
        'ada@example.org',
      );
      kept.push(device.id, vault.account);
    },
  });
  assert.equal(kept, [made.device.id, made.account]);
  assert.is(made.session.device, made.device.id);
  assert.is(made.session.username, 'ada');
  assert.is(api.session?.account, made.account);
  assert.equal(await api.preKeyCount(), { oneTime: 20, oneTimeKem: 5 });
  const again = completeSignUp(server.browser(), {
    token,
    username: 'ada2',
    password: PASSWORD,
    deviceName,
    wait,
  });
  assert.is(await codeOf(again), 'auth/link-used');
});

test('a taken name leaves the link good; a password of the wrong length is never sent', async () => {
  await newPerson();
  const taken = `person${people}`;
  const token = await server.linkFor('late@example.org');
  let asked = 0;
  const api = server.browser((_path, send) => {
    asked += 1;
    return send();
  });
  const input = { token, username: taken, password: 'short', deviceName, wait };
  assert.is(await codeOf(completeSignUp(api, input)), 'account/password-length');
  assert.is(asked, 0);
  assert.is(await codeOf(completeSignUp(api, { ...input, password: PASSWORD })), 'auth/username-taken');
  await completeSignUp(api, { ...input, password: PASSWORD, username: 'late' });
});

test('a link that no mail ever held is refused', async () => {
  for (const token of [toBase64url(new Uint8Array(32)), 'not base64url!']) {
    const attempt = completeSignUp(server.browser(), {
      token,
      username: 'nobody',
      password: PASSWORD,
      deviceName,
      wait,
    });
    assert.is(await codeOf(attempt), 'auth/link-unknown');
  }
});

test('a sign-up whose answers get lost makes one account', async () => {
  const losing = losingAnswers('/api/signup/complete', 2);
  const made = await newPerson(losing);
  assert.is(losing.lost(), 2);
  assert.is((await made.api.account(made.account)).username, made.username);
  assert.is((await signInAs(server.browser(), made.username, made.device.id)).deviceId, made.device.id);
});

test('the device that this browser already is signs in again without linking', async () => {
  const made = await newPerson();
  await made.api.endSession();
  assert.is(await codeOf(made.api.resume()), 'auth/session-invalid');
  const back = await signInAs(made.api, `${made.username}@example.org`, made.device.id);
  assert.is(back.deviceId, made.device.id);
  assert.is(back.linked, undefined);
  assert.is(back.list.list.version, 1);
  assert.equal([...back.vault.unlockSecret], [...made.vault.unlockSecret]);
  const resumed = await made.api.resume();
  assert.is(resumed.device, made.device.id);
});

test('the recovery key opens the vault that the server keeps', async () => {
  const made = await newPerson();
  let vault: Uint8Array | undefined;
  const api = server.browser(
    changing('/api/login', (body) => {
      vault = Buffer.from(body.vault as string, 'base64url');
      return body;
    }),
  );
  await signInAs(api, made.username, made.device.id);
  const recoveryKey = parseRecoveryKey(made.recoveryKey.toLowerCase().replaceAll('-', ' '));
  const opened = await openVaultWithRecoveryKey(vault!, { account: made.account, recoveryKey });
  assert.equal([...opened.identity.privateKey], [...made.vault.identity.privateKey]);
});

test('a wrong password and an unknown login are refused alike', async () => {
  const made = await newPerson();
  const attempt = (login: string) =>
    signIn(server.browser(), { login, password: 'something else', deviceName, wait });
  assert.is(await codeOf(attempt(made.username)), 'auth/credentials-wrong');
  assert.is(await codeOf(attempt('nobody.at.all')), 'auth/credentials-wrong');
});

test('K1: another browser becomes another device, which others find on the list', async () => {
  const made = await newPerson();
  const kept: DeviceId[] = [];
  const api = server.browser();
  const other = await signIn(api, {
    login: made.username,
    password: PASSWORD,
    deviceName: 'Phone',
    async keep({ device, username, account }) {
      assert.equal([username, account], [made.username, made.account]);
      assert.equal((await made.api.account(account)).deviceList, made.list.encoded, 'not published yet');
      kept.push(device.id);
    },
  });
  assert.equal(kept, [other.deviceId]);
  assert.is(other.linked?.id, other.deviceId);
  assert.is(other.session.device, other.deviceId);
  assert.is(other.list.list.version, 2);
  const watcher = await newPerson();
  const directory = createDirectory(watcher.api, await newKeyStore());
  const seen = await directory.person(made.username);
  assert.equal(
    seen.list.list.devices.map(({ id, name }) => [id, name]),
    [
      [made.device.id, 'Test'],
      [other.deviceId, 'Phone'],
    ],
  );
  assert.equal([...seen.identity], [...made.vault.identity.publicKey]);
  assert.ok(await directory.isListed(made.account, other.deviceId, other.linked!.listed.key));
});

test('K1: browsers that link at the same time all end up on the list', async () => {
  const made = await newPerson();
  const linked = await Promise.all(
    Array.from({ length: 3 }, () => signInAs(server.browser(), made.username)),
  );
  const newest = linked.reduce((a, b) => (a.list.list.version > b.list.list.version ? a : b)).list;
  assert.is(newest.list.version, 4);
  for (const { deviceId } of linked) assert.ok(listedDevice(newest, deviceId));
});

test('a link request whose answers get lost links one device', async () => {
  const made = await newPerson();
  const losing = losingAnswers('/api/devices', 2);
  const other = await signInAs(server.browser(losing), made.username);
  assert.is(losing.lost(), 2);
  assert.is(other.list.list.version, 2);
  assert.equal((await made.api.account(made.account)).deviceList, other.list.encoded);
});

test('K2: a server that asks for a weak derivation is told nothing', async () => {
  const made = await newPerson();
  const paths: string[] = [];
  const weak = changing('/api/prelogin', ({ kdf }) => ({
    kdf: { ...(kdf as object), passes: 2 },
  }));
  const api = server.browser((path, send) => {
    paths.push(path);
    return weak(path, send);
  });
  assert.is(await codeOf(signInAs(api, made.username)), 'account/weak-kdf');
  assert.equal(paths, ['/api/prelogin']);
});

test('K2: a vault that was changed on the way does not open', async () => {
  const made = await newPerson();
  const api = server.browser(
    changing('/api/login', (body) => ({
      ...body,
      vault: (body.vault as string).replace(/(?<=^.{400})./, (character) => (character === 'A' ? 'B' : 'A')),
    })),
  );
  assert.is(await codeOf(signInAs(api, made.username, made.device.id)), 'account/vault-unopenable');
});

test('K1: a list that is not by the vault’s identity is refused at sign-in, and no device is linked', async () => {
  const [made, stranger] = [await newPerson(), await newPerson()];
  const paths: string[] = [];
  const lying = changing('/api/login', (body) => ({
    ...body,
    deviceList: toBase64url(stranger.list.encoded),
  }));
  const api = server.browser((path, send) => {
    paths.push(path);
    return lying(path, send);
  });
  assert.is(await codeOf(signInAs(api, made.username)), 'account/list-forged');
  assert.equal(paths, ['/api/prelogin', '/api/login', '/api/session/end']);
});

test('sessions begin from bundles of the server, and used-up pre-keys are replaced', async () => {
  const [ada, bo] = [await newPerson(), await newPerson()];
  const [adaKeys, boKeys] = [await newKeyStore(), await newKeyStore()];
  await adaKeys.write(ada.device.secrets);
  await boKeys.write(bo.device.secrets);
  assert.is((await storedDevice(boKeys))?.device, bo.device.id);
  const adaDirectory = createDirectory(ada.api, adaKeys);
  const boDirectory = createDirectory(bo.api, boKeys);
  await adaDirectory.account(bo.account);
  await boDirectory.account(ada.account);
  const trustOf =
    (directory: typeof adaDirectory) =>
    (address: { name: string; deviceId: string | number }, key: Uint8Array) =>
      directory.isListed(address.name as typeof ada.account, address.deviceId as DeviceId, key);
  const adaRecords = signalRecords(adaKeys, trustOf(adaDirectory));
  const boRecords = signalRecords(boKeys, trustOf(boDirectory));

  const bundle = preKeyBundleOf(await ada.api.takeBundle(bo.device.id));
  const toBo = { name: bo.account, deviceId: bo.device.id };
  const message = await adaRecords.transact(async (stores) => {
    await new SessionBuilder(stores, toBo).processPreKeyBundle(bundle);
    return new SessionCipher(stores, toBo).encrypt(new TextEncoder().encode('hello'));
  });
  const plaintext = await boRecords.transact((stores) =>
    new SessionCipher(stores, { name: ada.account, deviceId: ada.device.id }).decryptPreKeySignalMessage(
      message.body,
    ),
  );
  assert.is(new TextDecoder().decode(plaintext), 'hello');

  const left = await bo.api.preKeyCount();
  assert.equal(left, { oneTime: 19, oneTimeKem: 4 });
  const more = (await morePreKeys(boKeys, left))!;
  await boKeys.write(more.secrets);
  await bo.api.addPreKeys(more.upload);
  assert.equal(await bo.api.preKeyCount(), { oneTime: 69, oneTimeKem: 4 });
  await adaKeys.destroy();
  await boKeys.destroy();
});

test.run();
