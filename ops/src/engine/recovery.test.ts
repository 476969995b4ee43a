import {
  createAccountApi,
  createCookieJar,
  nextDeviceList,
  signIn,
  verifyDeviceList,
} from '@sotto/client/account';
import { toBase64url } from '@sotto/protocol';
import { deviceListKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { hears } from '../people/hears.js';
import { newPerson, PASSWORD, type Person, signUp } from '../people/person.js';
import { companyOf } from './testing/company.js';
import { acquaint } from './testing/converging.js';
import { codeOf, deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';

/** Passwords changed, forgotten and recovered, with a server that may be honest or not. */
const test = suite('recovery');
const servers = await runServers();
const { people, kept } = companyOf(test, servers);

const NEW_PASSWORD = 'staple battery horse';

/** Somebody who has signed up. */
async function somebody(name: string): Promise<{ person: Person; recoveryKey: string }> {
  const person = kept(await newPerson(servers, name));
  return { person, ...(await signUp(servers, person)) };
}

/** A browser that has nothing of anybody yet. */
const browser = async (name: string, answers?: typeof fetch) =>
  kept(await newPerson(servers, name, answers ? { fetch: answers } : {}));

/** Sets the password by mail, as somebody does who forgot it. */
async function reset(name: string, password = NEW_PASSWORD): Promise<void> {
  const email = `${name}@example.org`;
  const page = await browser(name);
  await page.engine.calls.requestReset({ email });
  const token = await servers.resetToken(email);
  assert.equal(await page.engine.calls.checkReset({ token }), { email });
  await page.engine.calls.completeReset({ token, password });
  assert.is(
    await codeOf(page.engine.calls.completeReset({ token, password: 'something else' })),
    'auth/link-used',
  );
}

/** Changes what one path answers. */
function changing(of: string, change: (body: Record<string, unknown>) => object): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (new URL(String(input)).pathname !== of || !response.ok) return response;
    const { status, headers } = response;
    const body = (await response.json()) as Record<string, unknown>;
    return new Response(JSON.stringify(change(body)), { status, headers });
  };
}

test('U4: a password changed on one device while another is away: both go on, and the new one signs in', async () => {
  const { a, b, conversation } = await acquaint(servers, 'cara', 'dan');
  for (const person of [a, b]) kept(person);
  const phone = kept(await linkByPassword(servers, 'cara'));
  await phone.engine.close();
  const change = a.engine.calls.changePassword({ password: PASSWORD, newPassword: NEW_PASSWORD });
  assert.is(await codeOf(change), undefined);
  const wrong = a.engine.calls.changePassword({ password: PASSWORD, newPassword: 'another one still' });
  assert.is(await codeOf(wrong), 'auth/credentials-wrong', 'the old one is none any more');
  const short = a.engine.calls.changePassword({ password: NEW_PASSWORD, newPassword: 'short' });
  assert.is(await codeOf(short), 'request/invalid');
  await phone.reload();
  await phone.untilOnline();
  await b.engine.calls.send({ conversation, text: 'still there?' });
  await hears(phone, conversation, 'still there?');
  await phone.engine.calls.signOut();
  const before = phone.engine.calls.signIn({ login: 'cara', password: PASSWORD });
  assert.is(await codeOf(before), 'auth/credentials-wrong');
  await phone.engine.calls.signIn({ login: 'cara', password: NEW_PASSWORD });
  await hears(phone, conversation, 'still there?');
  assert.is((await phone.untilDevices(() => true)).devices.length, 2, 'the same device as before');
});

test('U3 K8: reset by mail, told plainly that it is locked, then recovered with the recovery key', async () => {
  const { person: eve, recoveryKey } = await somebody('eve');
  await reset('eve');
  await eve.untilOnline();
  const page = await browser('eve');
  const login = { login: 'eve', password: NEW_PASSWORD };
  assert.is(await codeOf(page.engine.calls.signIn(login)), 'client/vault-locked');
  assert.is((await page.untilSession(({ state }) => state !== 'starting')).state, 'signed-out');
  const { recoveryKey: stranger } = await somebody('eveline');
  for (const wrong of [stranger, 'not a key', ''])
    assert.is(
      await codeOf(page.engine.calls.recover({ ...login, recoveryKey: wrong })),
      'client/recovery-key-wrong',
    );
  await page.engine.calls.recover({ ...login, recoveryKey: recoveryKey.toLowerCase() });
  await page.untilOnline();
  await page.untilDevices(({ devices }) => devices.length === 2);
  const third = await browser('eve');
  await third.engine.calls.signIn(login);
  await third.untilDevices(({ devices }) => devices.length === 3);
});

test('U3: a device whose password was reset opens its own stores again with the recovery key', async () => {
  const { a, b, conversation } = await acquaint(servers, 'fay', 'gus');
  for (const person of [a, b]) kept(person);
  const { recoveryKey } = await a.engine.calls.newRecoveryKey({ password: PASSWORD });
  const device = await deviceOf(a);
  await b.engine.calls.send({ conversation, text: 'before the reset' });
  await hears(a, conversation, 'before the reset');
  await a.engine.calls.signOut();
  await reset('fay');
  const login = { login: 'fay', password: NEW_PASSWORD };
  assert.is(await codeOf(a.engine.calls.signIn(login)), 'client/vault-locked');
  await a.engine.calls.recover({ ...login, recoveryKey });
  await hears(a, conversation, 'before the reset');
  assert.is(await deviceOf(a), device, 'the same device as before');
});

test('a new recovery key voids the one before', async () => {
  const { person: hal, recoveryKey: old } = await somebody('hal');
  const wrong = hal.engine.calls.newRecoveryKey({ password: 'not it at all' });
  assert.is(await codeOf(wrong), 'auth/credentials-wrong');
  const { recoveryKey } = await hal.engine.calls.newRecoveryKey({ password: PASSWORD });
  await reset('hal');
  const page = await browser('hal');
  const login = { login: 'hal', password: NEW_PASSWORD };
  const before = page.engine.calls.recover({ ...login, recoveryKey: old });
  assert.is(await codeOf(before), 'client/recovery-key-wrong');
  await page.engine.calls.recover({ ...login, recoveryKey });
  await page.untilDevices(({ devices }) => devices.length === 2);
});

test('K10: without the recovery key somebody starts over; the devices before are out and contacts are warned', async () => {
  const { a, b, conversation } = await acquaint(servers, 'ida', 'jon');
  for (const person of [a, b]) kept(person);
  await b.engine.calls.send({ conversation, text: 'before' });
  await hears(a, conversation, 'before');
  await reset('ida');
  const page = await browser('ida');
  const login = { login: 'ida', password: NEW_PASSWORD };
  const { recoveryKey } = await page.engine.calls.startOver(login);
  await page.untilOnline();
  assert.is((await page.untilDevices(() => true)).devices.length, 1);
  const out = await a.untilSession(({ state }) => state === 'signed-out');
  assert.equal(out, {
    state: 'signed-out',
    ended: true,
    removed: true,
    evicted: false,
    known: { username: 'ida' },
  });
  await b.untilDetails(conversation, ({ members }) => members.some(({ identity }) => identity === 'changed'));
  await b.engine.calls.send({ conversation, text: 'is it you?' });
  await b.untilTimeline(conversation, ({ held }) => held !== null);
  // The browser of before may be used again: as a device of the new account key.
  await a.engine.calls.signIn(login);
  await a.untilDevices(({ devices }) => devices.length === 2);
  await reset('ida', PASSWORD);
  const third = await browser('ida');
  await third.engine.calls.recover({ login: 'ida', password: PASSWORD, recoveryKey });
  await third.untilDevices(({ devices }) => devices.length === 3);
});

test('K2: a server that asks for a weak derivation learns nothing of the password', async () => {
  await somebody('kim');
  const asked: string[] = [];
  const weak = changing('/api/prelogin', (body) => ({ kdf: { ...(body.kdf as object), memoryKiB: 8 } }));
  const page = await browser('kim', (input, init) => {
    asked.push(new URL(String(input)).pathname);
    return weak(input, init);
  });
  assert.is(await codeOf(page.engine.calls.signIn({ login: 'kim', password: PASSWORD })), 'client/weak-kdf');
  assert.equal(asked, ['/api/prelogin']);
});

test('K5: an old vault is refused by who has seen a newer one, signed in, locked, or after a reset', async () => {
  const old: { vault?: unknown } = {};
  let lies = false;
  const lying = changing('/api/login', (body) => {
    old.vault ??= body.vault;
    return lies ? { ...body, vault: old.vault } : body;
  });
  const opening = changing('/api/account/open', (body) => (lies ? { ...body, vault: old.vault } : body));
  const fetching: typeof fetch = (input, init) =>
    new URL(String(input)).pathname === '/api/login' ? lying(input, init) : opening(input, init);
  const person = kept(await newPerson(servers, 'lea', { fetch: fetching }));
  await signUp(servers, person);
  await person.engine.calls.signOut();
  await person.engine.calls.signIn({ login: 'lea', password: PASSWORD });
  const { recoveryKey } = await person.engine.calls.newRecoveryKey({ password: PASSWORD });
  assert.is(recoveryKey.split('-').length, 12);
  lies = true;
  const { calls } = person.engine;
  const device = await deviceOf(person);
  const rename = calls.renameDevice({ device, name: 'Lea’s', password: PASSWORD });
  assert.is(await codeOf(rename), 'client/rolled-back');
  await calls.signOut();
  assert.is(await codeOf(calls.signIn({ login: 'lea', password: PASSWORD })), 'client/rolled-back');
  assert.is(await codeOf(calls.startOver({ login: 'lea', password: PASSWORD })), 'client/rolled-back');
  lies = false;
  await calls.signIn({ login: 'lea', password: PASSWORD });
  assert.is(await deviceOf(person), device, 'nothing of it was lost');
});

test('K4: where the server shows a second list of one version, signing in fails, and the next time goes on', async () => {
  let other: string | undefined;
  const lying = changing('/api/login', (body) => (other ? { ...body, deviceList: other } : body));
  const person = kept(await newPerson(servers, 'nia', { fetch: lying }));
  await signUp(servers, person);
  const device = await deviceOf(person);
  const account = await accountOf(person);
  const first = (await servers.stores.claims.get(deviceListKey(account, 1)))!.body;
  const api = createAccountApi({ origin: servers.origin, cookies: createCookieJar() });
  const { vault } = await signIn(api, { login: 'nia', password: PASSWORD, deviceName: 'Phone' });
  await person.untilDevices(({ devices }) => devices.length === 2);
  await person.engine.calls.signOut();
  const before = await verifyDeviceList(first, { account });
  other = toBase64url((await nextDeviceList(before, vault.identity, before.list.devices)).encoded);
  const login = { login: 'nia', password: PASSWORD };
  assert.is(await codeOf(person.engine.calls.signIn(login)), 'client/keys-untrusted');
  other = undefined;
  await person.engine.calls.signIn(login);
  await person.untilOnline();
  assert.is(await deviceOf(person), device);
});

test('S7: nothing secret stands in an address or an error', async () => {
  const addresses: string[] = [];
  const noted: typeof fetch = (input, init) => {
    addresses.push(String(input));
    return fetch(input, init);
  };
  const person = kept(await newPerson(servers, 'mia', { fetch: noted }));
  await signUp(servers, person);
  const { code } = await person.engine.calls.beginLink().then(async (begun) => {
    await person.engine.calls.cancelLink();
    return begun;
  });
  await codeOf(person.engine.calls.readLink({ code }));
  await person.engine.calls.changePassword({ password: PASSWORD, newPassword: NEW_PASSWORD });
  const { recoveryKey } = await person.engine.calls.newRecoveryKey({ password: NEW_PASSWORD });
  const failure = await person.engine.calls
    .recover({ login: 'mia', password: PASSWORD, recoveryKey })
    .then(String, (error: Error) => `${error.message} ${error.stack} ${String(error.cause)}`);
  for (const secret of [PASSWORD, NEW_PASSWORD, recoveryKey, code])
    for (const text of [...addresses, failure, ...person.cookies()]) assert.not.ok(text.includes(secret));
  assert.ok(addresses.length > 5);
});

test('no fault was reported on the way', () => {
  assert.equal(
    people.flatMap(({ faults }) => faults),
    [],
  );
});

test.run();
