import {
  type AccountApi,
  AccountError,
  type AccountOwner,
  approveLink,
  awaitLink,
  changeAccount,
  completeLink,
  completeReset,
  completeSignUp,
  createDirectory,
  decodeLinkCode,
  encodeLinkCode,
  formatRecoveryKey,
  generateRecoveryKey,
  nextDeviceList,
  offerLink,
  parseRecoveryKey,
  readLink,
  recover,
  type SignedUp,
  sealLinkSecrets,
  signIn,
  startOver,
} from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { type DeviceId, ProtocolError, toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newKeyStore } from './testing/new-key-store.js';
import { type Interference, runAuthServer } from './testing/running-auth-server.js';

/** What an owner does to an account, by the client's flows against the auth server itself. */
const test = suite('account changes');
const server = await runAuthServer();
test.after(() => server.close());

const PASSWORD = 'correct horse battery';
const NEW_PASSWORD = 'staple battery horse';
const deviceName = 'Test';
const wait = async () => undefined;
let people = 0;

interface Person extends SignedUp {
  readonly username: string;
  readonly email: string;
  readonly api: AccountApi;
}

async function newPerson(): Promise<Person> {
  people += 1;
  const username = `owner${people}`;
  const email = `${username}@example.org`;
  const token = await server.linkFor(email);
  const api = server.browser();
  const made = await completeSignUp(api, { token, username, password: PASSWORD, deviceName, wait });
  return { ...made, username, email, api };
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

const ownerOf = ({ account, username, vault, list }: Person): AccountOwner => ({
  ...{ account, username, list },
  vaultVersion: vault.version,
});
const enter = (api: AccountApi, login: string, password: string, knownDevice?: DeviceId) =>
  signIn(api, { login, password, knownDevice, deviceName, wait });

/** Sets the password by mail, as somebody does who forgot it. */
async function reset(person: Person, password = NEW_PASSWORD): Promise<void> {
  const token = await server.resetFor(person.email);
  await completeReset(server.browser(), { token, password, wait });
}

/** Changes what one path answers. */
function changing(of: string, change: (body: Record<string, unknown>) => object): Interference {
  return async (path, send) => {
    const response = await send();
    return path === of ? Response.json(change((await response.json()) as never), response) : response;
  };
}

/** The process dies before or after a request reaches the server. */
function dying(of: string, when: 'before' | 'after'): Interference {
  let died = false;
  return async (path, send) => {
    if (died) throw new TypeError('the process is dead');
    if (path !== of) return send();
    died = true;
    if (when === 'after') await send();
    throw new TypeError('the process is dead');
  };
}

test('U4 K6: a new password opens the vault, the old one nothing, and the recovery key stays', async () => {
  const person = await newPerson();
  const { vault } = await changeAccount(
    person.api,
    ownerOf(person),
    PASSWORD,
    async (opened) => ({
      vault: { ...opened.vault, version: opened.vault.version + 1 },
      password: NEW_PASSWORD,
    }),
    wait,
  );
  assert.is(vault.version, 2);
  assert.is(await codeOf(enter(server.browser(), person.username, PASSWORD)), 'auth/credentials-wrong');
  const back = await enter(server.browser(), person.username, NEW_PASSWORD, person.device.id);
  assert.equal([back.vault.version, back.deviceId], [2, person.device.id]);
  await reset(person, PASSWORD);
  const input = { login: person.username, password: PASSWORD, deviceName, wait };
  assert.is(
    (await recover(server.browser(), { ...input, recoveryKey: person.recoveryKey })).vault.version,
    3,
  );
});

test('U4: a wrong password changes nothing, and nothing is said of why', async () => {
  const person = await newPerson();
  let made = 0;
  const change = changeAccount(person.api, ownerOf(person), 'wrong horse battery', async () => {
    made += 1;
    return {};
  });
  assert.is(await codeOf(change), 'auth/credentials-wrong');
  assert.is(made, 0);
});

test('K5: a vault or list older than the ones seen is refused before anything is changed', async () => {
  const person = await newPerson();
  const owner = ownerOf(person);
  const make = async () => {
    throw new Error('nothing may be made of it');
  };
  const change = (of: AccountOwner) => codeOf(changeAccount(person.api, of, PASSWORD, make));
  assert.is(await change({ ...owner, vaultVersion: 2 }), 'account/vault-rolled-back');
  const { vault } = person;
  const list = await nextDeviceList(person.list, vault.identity, person.list.list.devices);
  assert.is(await change({ ...owner, list }), 'account/list-rolled-back');
  const seen = (versions: { vault: number; list: number }) => ({
    ...{ login: person.username, password: PASSWORD, deviceName, wait },
    seen: async () => versions,
  });
  for (const [versions, code] of [
    [{ vault: 2, list: 1 }, 'account/vault-rolled-back'],
    [{ vault: 1, list: 2 }, 'account/list-rolled-back'],
  ] as const) {
    assert.is(await codeOf(signIn(server.browser(), seen(versions))), code);
    const { recoveryKey } = person;
    assert.is(await codeOf(recover(server.browser(), { ...seen(versions), recoveryKey })), code);
    assert.is(await codeOf(startOver(server.browser(), seen(versions))), code);
  }
  const after = await person.api.account(person.account);
  assert.equal(after.deviceList, person.list.encoded, 'nobody was linked');
});

test('K5 K8: an old vault after a reset is no way back either', async () => {
  const person = await newPerson();
  let old: unknown;
  await enter(
    server.browser(
      changing('/api/login', (body) => {
        old = body.vault;
        return body;
      }),
    ),
    person.username,
    PASSWORD,
    person.device.id,
  );
  await changeAccount(person.api, ownerOf(person), PASSWORD, async ({ vault }) => ({
    vault: { ...vault, version: 2 },
  }));
  await reset(person);
  const api = server.browser(changing('/api/login', (body) => ({ ...body, vault: old })));
  const input = { login: person.username, password: NEW_PASSWORD, deviceName, wait };
  const seen = async () => ({ vault: 2, list: 1 });
  const recovering = recover(api, { ...input, seen, recoveryKey: person.recoveryKey });
  assert.is(await codeOf(recovering), 'account/vault-rolled-back');
});

test('U3 K8: after a reset the password signs in and the vault stays shut, until the recovery key opens it', async () => {
  const person = await newPerson();
  await reset(person);
  assert.is(await codeOf(enter(server.browser(), person.username, PASSWORD)), 'auth/credentials-wrong');
  assert.is(await codeOf(enter(server.browser(), person.username, NEW_PASSWORD)), 'account/vault-unopenable');
  const input = { login: person.username, password: NEW_PASSWORD, deviceName, wait };
  const wrong = formatRecoveryKey(generateRecoveryKey());
  assert.is(
    await codeOf(recover(server.browser(), { ...input, recoveryKey: wrong })),
    'account/recovery-key-wrong',
  );
  assert.is(
    await codeOf(recover(server.browser(), { ...input, recoveryKey: 'no key' })),
    'account/recovery-key-invalid',
  );
  const { recoveryKey } = person;
  const back = await recover(server.browser(), { ...input, recoveryKey });
  assert.equal([...back.vault.unlockSecret], [...person.vault.unlockSecret]);
  assert.is(back.vault.version, 2);
  assert.ok(back.linked);
  const again = await enter(server.browser(), person.username, NEW_PASSWORD, back.deviceId);
  assert.is(again.deviceId, back.deviceId);
});

for (const when of ['before', 'after'] as const)
  for (const at of ['/api/account', '/api/devices'])
    test(`K8: recovering again works after a death ${when} ${at}`, async () => {
      const person = await newPerson();
      await reset(person);
      const { recoveryKey } = person;
      const input = { login: person.username, password: NEW_PASSWORD, recoveryKey, deviceName, wait };
      await recover(server.browser(dying(at, when)), input).then(
        () => assert.unreachable(),
        () => undefined,
      );
      const back = await recover(server.browser(), input);
      assert.equal([...back.vault.identity.privateKey], [...person.vault.identity.privateKey]);
    });

test('K10: starting over goes on with the list under another key, and contacts notice', async () => {
  const [person, contact] = [await newPerson(), await newPerson()];
  const directory = createDirectory(contact.api, await newKeyStore());
  await directory.person(person.username);
  await reset(person);
  const input = { login: person.username, password: NEW_PASSWORD, deviceName, wait };
  const anew = await startOver(server.browser(), input);
  assert.equal([anew.list.list.version, anew.vault.version], [2, 2]);
  assert.equal(
    anew.list.list.devices.map(({ id }) => id),
    [anew.deviceId],
  );
  assert.is(await codeOf(person.api.resume()), 'auth/device-removed');
  const seen = await directory.account(person.account);
  assert.equal([...seen.identity], [...person.vault.identity.publicKey], 'the pin stays');
  assert.equal([...seen.offered!.list.identity], [...anew.vault.identity.publicKey]);
  await reset(person, PASSWORD);
  const recovering = { ...input, password: PASSWORD, recoveryKey: person.recoveryKey };
  assert.is(
    await codeOf(recover(server.browser(), recovering)),
    'account/recovery-key-wrong',
    'the old one is void',
  );
  assert.is(
    (await recover(server.browser(), { ...recovering, recoveryKey: anew.recoveryKey })).vault.version,
    3,
  );
});

for (const when of ['before', 'after'] as const)
  test(`K10: starting over again works after a death ${when} its request`, async () => {
    const person = await newPerson();
    const input = { login: person.username, password: PASSWORD, deviceName, wait };
    await startOver(server.browser(dying('/api/account/start-over', when)), input).then(
      () => assert.unreachable(),
      () => undefined,
    );
    const anew = await startOver(server.browser(), input);
    assert.is(anew.list.list.devices.length, 1);
    assert.is((await enter(server.browser(), person.username, PASSWORD, anew.deviceId)).linked, undefined);
  });

/** A browser that shows a code. */
async function offering(interfere?: Interference) {
  const api = server.browser(interfere);
  return { api, offer: await offerLink(api, { deviceName: 'Phone', now: Date.now }) };
}

test('U11 K9: a scanned code links a device, which learns what it needs and not the account key', async () => {
  const person = await newPerson();
  const { api, offer } = await offering();
  const waiting = awaitLink(api, offer, () => false, wait);
  assert.is((await readLink(person.api, ` ${offer.text}\n`)).name, 'Phone');
  const { list } = await approveLink(
    person.api,
    ownerOf(person),
    { text: offer.text, password: PASSWORD, now: 1_000 },
    wait,
  );
  const secrets = (await waiting)!;
  const { account, vault } = person;
  assert.equal([secrets.account, secrets.vaultVersion], [account, 1]);
  assert.equal(secrets.identity, vault.identity.publicKey);
  assert.equal([...secrets.unlockSecret], [...vault.unlockSecret]);
  assert.equal(secrets.archiveKeys, vault.archiveKeys);
  assert.not.ok(JSON.stringify(Object.values(secrets)).includes(JSON.stringify(vault.identity.privateKey)));
  const linked = await completeLink(api, offer, secrets, wait);
  assert.equal(linked.list.encoded, list.encoded);
  assert.equal(
    linked.list.list.devices.map(({ id, name }) => [id, name]),
    [
      [person.device.id, deviceName],
      [offer.device.id, 'Phone'],
    ],
  );
  assert.is(linked.session.device, offer.device.id);
  assert.is((await api.resume()).device, offer.device.id);
});

test('K9: keys that the server swapped in the ticket are refused, and nobody is linked', async () => {
  const person = await newPerson();
  const { offer } = await offering();
  const swapped = server.browser(
    changing(`/api/links/${offer.code.ticket}`, (body) => ({
      ...body,
      identityKey: toBase64url(new Uint8Array(generateIdentityKeyPair().publicKey)),
    })),
  );
  await enter(swapped, person.username, PASSWORD, person.device.id);
  const input = { text: offer.text, password: PASSWORD, now: 1 };
  assert.is(await codeOf(approveLink(swapped, ownerOf(person), input, wait)), 'account/link-code-wrong');
  assert.is((await person.api.account(person.account)).deviceList.length, person.list.encoded.length);
  await approveLink(person.api, ownerOf(person), input, wait);
});

test('K9: a server that has not seen the code can say nothing to who shows it', async () => {
  const { offer } = await offering();
  const mallory = generateIdentityKeyPair();
  const forged = await sealLinkSecrets(
    { ...offer.code, ephemeral: mallory.publicKey },
    {
      account: (await newPerson()).account,
      identity: mallory.publicKey,
      vaultVersion: 1,
      accountLogKeys: [new Uint8Array(32)],
      archiveKeys: [new Uint8Array(32)],
      unlockSecret: new Uint8Array(32),
    },
  );
  const lying: Interference = async (path, send) =>
    path.endsWith('/wait') ? Response.json({ sealed: toBase64url(forged) }) : send();
  assert.is(
    await codeOf(awaitLink(server.browser(lying), offer, () => false, wait)),
    'account/link-code-wrong',
  );
});

test('K9: what is no code, or one of another ticket, is refused', async () => {
  const person = await newPerson();
  const [{ offer }, { offer: other }] = [await offering(), await offering()];
  for (const text of ['', 'https://example.org', offer.text.slice(1), toBase64url(new Uint8Array(200))])
    assert.is(await codeOf(readLink(person.api, text)), 'account/link-code-wrong', text);
  const mixed = encodeLinkCode({ ...offer.code, ticket: other.code.ticket });
  assert.is(await codeOf(readLink(person.api, mixed)), 'account/link-code-wrong');
  assert.equal(decodeLinkCode(offer.text), offer.code);
  await server.browser().cancelLink(offer.code.ticket, offer.secret);
  assert.is(await codeOf(readLink(person.api, offer.text)), 'auth/link-unknown');
});

test('K9: approving again works after a death before or after its request', async () => {
  for (const when of ['before', 'after'] as const) {
    const person = await newPerson();
    const { api, offer } = await offering();
    const approver = server.browser(dying(`/api/links/${offer.code.ticket}/approve`, when));
    await enter(approver, person.username, PASSWORD, person.device.id);
    const input = { text: offer.text, password: PASSWORD, now: 1 };
    await approveLink(approver, ownerOf(person), input, wait).then(
      () => assert.unreachable(),
      () => undefined,
    );
    const second = await codeOf(approveLink(person.api, ownerOf(person), input, wait));
    assert.is(second, when === 'before' ? undefined : 'auth/link-used');
    const secrets = (await awaitLink(api, offer, () => false, wait))!;
    assert.is((await completeLink(api, offer, secrets, wait)).session.device, offer.device.id);
  }
});

test('K9: linking while another device is linked takes the newer list', async () => {
  const person = await newPerson();
  const { offer } = await offering();
  const [approved] = await Promise.all([
    approveLink(person.api, ownerOf(person), { text: offer.text, password: PASSWORD, now: 1 }, wait),
    enter(server.browser(), person.username, PASSWORD),
  ]);
  const { deviceList } = await person.api.account(person.account);
  assert.ok(approved.list.list.version >= 2 && deviceList.length > person.list.encoded.length);
  const seen = await createDirectory(person.api, await newKeyStore()).account(person.account);
  assert.is(seen.list.list.devices.length, 3);
  assert.ok(seen.list.list.devices.some(({ id }) => id === offer.device.id));
});

test('the recovery key is read forgivingly', () => {
  const key = generateRecoveryKey();
  assert.equal(parseRecoveryKey(formatRecoveryKey(key).toLowerCase().replaceAll('-', ' ')), key);
});

test.run();
