import type { AccountId, DeviceId, ErrorCode } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Route } from '../platform/routes.js';
import { AppViewModel } from './app.js';
import { DevicesViewModel } from './devices.js';
import { LinkViewModel } from './link.js';
import { LinkAnewViewModel } from './link-anew.js';
import { LinkDeviceViewModel } from './link-device.js';
import { keyProblem, LockedVaultViewModel } from './locked-vault.js';
import { PasswordViewModel } from './password.js';
import { RenewViewModel } from './renew.js';
import { ResetViewModel } from './reset.js';
import { SignInViewModel } from './sign-in.js';
import { ManualEngine, settle, testPlatform } from './testing/platform.js';

/** Devices, linking, passwords, recovery: pages that are about the own account. */
const test = suite('account pages');
const ME = 'maraAAAAAAAAAAAAAAAAAA' as AccountId;
const refuse = (code: string) => () => {
  throw new ProtocolError(code as ErrorCode);
};

function begin(route: Route, signedIn = true) {
  const engine = new ManualEngine();
  const platform = testPlatform(route);
  const app = new AppViewModel({ engine, platform });
  const enter = () =>
    engine.tell('session', {
      state: 'signed-in',
      account: ME,
      username: 'mara',
      email: 'mara@example.org',
    } as never);
  if (signedIn) enter();
  else
    engine.tell('session', {
      state: 'signed-out',
      ended: false,
      removed: false,
      evicted: false,
      known: null,
    });
  return { engine, platform, app, enter };
}

function devices() {
  const world = begin({ name: 'devices' });
  const model = new DevicesViewModel(world.app);
  world.engine.tell('devices', {
    devices: [
      {
        id: 'a' as DeviceId,
        name: 'Chrome on Android',
        kind: 'device',
        added: 5,
        current: false,
        isNew: false,
      },
      {
        id: 'b' as DeviceId,
        name: 'Firefox on Linux',
        kind: 'device',
        added: 1,
        current: true,
        isNew: false,
      },
    ],
  });
  return { ...world, model };
}

test('U10 a device is removed with the password only; a wrong one is said at its field', async () => {
  const { model, engine } = devices();
  assert.equal(
    model.rows.map(({ name, phone }) => [name, phone]),
    [
      ['Firefox on Linux', false],
      ['Chrome on Android', true],
    ],
  );
  model.ask('remove', model.rows[1]!);
  assert.is(await model.confirm(), 'password');
  assert.not(engine.names().includes('removeDevice'));
  engine.answers.removeDevice = refuse('auth/credentials-wrong');
  model.password = 'wrong one';
  assert.is(await model.confirm(), 'password');
  assert.ok(model.passwordProblem);
  assert.is(model.problem, null);
  engine.answers.removeDevice = () => undefined;
  model.password = 'right one';
  assert.is(await model.confirm(), null);
  assert.equal(engine.asked.at(-1)?.input, { device: 'a', password: 'right one' });
  assert.is(model.password, '', 'the password does not stay');
  assert.is(model.said, 'Chrome on Android is removed. Your keys are new.');
});

test('U10 a device that was linked elsewhere is marked on the page that shows it first, and counts as seen', () => {
  const { model, engine } = devices();
  assert.not(engine.names().includes('seeOwnDevices'));
  const isNew = (of: boolean) => ({
    devices: [
      { id: 'c' as DeviceId, name: 'Pixel', kind: 'device' as const, added: 9, current: false, isNew: of },
    ],
  });
  engine.tell('devices', isNew(true));
  assert.is(engine.names().at(-1), 'seeOwnDevices');
  engine.tell('devices', isNew(false));
  assert.equal(
    model.rows.map((row) => row.isNew),
    [true],
    'as long as the page is open',
  );
});

test('U10 a device that was linked is told of on the page of devices', async () => {
  const { app, engine } = begin({ name: 'link-device' });
  const model = new LinkDeviceViewModel(app);
  engine.answers.readLink = refuse('client/link-code-wrong');
  await model.read('nonsense');
  assert.is(model.problem, 'This is not a code of a device that waits to be linked.');
  engine.answers.readLink = () => ({ name: 'Firefox on Mac' });
  await model.read('  code ');
  assert.is(model.found, 'Firefox on Mac');
  engine.answers.approveLink = () => ({ device: 'new' });
  model.password = 'secret';
  assert.ok(await model.approve());
  assert.equal(engine.asked.at(-1)?.input, { code: 'code', password: 'secret' });
  const list = new DevicesViewModel(app);
  assert.is(list.said, 'Firefox on Mac is linked. It can read everything that you can.');
  assert.is(new DevicesViewModel(app).said, null, 'once');
});

test('U10 a code that ran out leads back to scanning', async () => {
  const { app, engine } = begin({ name: 'link-device' });
  const model = new LinkDeviceViewModel(app);
  engine.answers.readLink = () => ({ name: 'Firefox on Mac' });
  await model.read('code');
  engine.answers.approveLink = refuse('auth/link-expired');
  model.password = 'secret';
  assert.not(await model.approve());
  assert.is(model.found, null);
  assert.ok(model.problem);
});

test('U10 the browser to be linked shows its code, and takes it back when the page is left', async () => {
  const { app, engine } = begin({ name: 'link' }, false);
  assert.equal(app.screen, { kind: 'link' });
  engine.answers.beginLink = () => ({ code: 'CODE' });
  const model = new LinkViewModel(app);
  await settle();
  assert.is(model.code, 'CODE');
  engine.tell('link', { state: 'waiting', code: 'CODE', until: 0 });
  assert.ok(model.until);
  engine.tell('link', { state: 'failed', error: 'auth/link-expired' });
  assert.is(model.code, null);
  assert.is(model.failure?.title, 'This code is too old');
  model.dispose();
  await settle();
  assert.ok(engine.names().includes('cancelLink'));
});

test('U10 a browser that was linked goes into the chat, and cancels nothing', async () => {
  const { app, engine, enter } = begin({ name: 'link' }, false);
  const model = new LinkViewModel(app);
  await settle();
  engine.tell('link', { state: 'done' });
  enter();
  model.dispose();
  await settle();
  assert.equal(app.screen, { kind: 'chat', main: 'empty', details: false });
  assert.not(engine.names().includes('cancelLink'));
});

test('U9 a right password that does not open the vault leads to the recovery key', async () => {
  const { app, engine, enter } = begin({ name: 'sign-in' }, false);
  engine.answers.signIn = refuse('client/vault-locked');
  const form = new SignInViewModel(app);
  form.login = 'mara';
  form.password = 'new password';
  await form.submit();
  assert.equal(app.screen, { kind: 'locked-vault' });
  const model = new LockedVaultViewModel(app);
  model.key = 'K7QD';
  assert.not(await model.recover());
  assert.is(model.keyProblem, '44 characters are still missing.');
  engine.answers.recover = refuse('client/recovery-key-wrong');
  model.key = 'k7qd2mxa9ftrwj4h c6pn83zevb5ltg2y-r9ak 4hsd m7qx Olil';
  assert.not(await model.recover());
  assert.ok(model.keyProblem?.startsWith('This key does not open'));
  engine.answers.recover = () => undefined;
  assert.ok(await model.recover());
  assert.equal(engine.asked.at(-1)?.input, {
    login: 'mara',
    password: 'new password',
    recoveryKey: model.key,
  });
  enter();
  assert.is(app.locked, null, 'the password does not stay');
  assert.is(app.screen.kind, 'chat');
});

test('U9 a recovery key is read as people write it, and says which letter cannot be', () => {
  assert.is(keyProblem('o'.repeat(48)), null);
  assert.is(keyProblem('ABCD-'.repeat(12)), null);
  assert.match(keyProblem('u'.repeat(48)) ?? '', /no “U”/);
  assert.is(keyProblem('A'.repeat(49)), 'That is 1 character too many.');
});

test('U9 starting over needs the box to be ticked, and ends with a new recovery key', async () => {
  const { app, engine, enter } = begin({ name: 'sign-in' }, false);
  app.vaultLocked({ login: 'mara', password: 'new password' });
  const model = new LockedVaultViewModel(app);
  model.show('over');
  assert.not(await model.startOver());
  assert.not(engine.names().includes('startOver'));
  engine.answers.startOver = () => {
    enter();
    return { recoveryKey: 'K7QD 2MXA' };
  };
  model.understand(true);
  assert.ok(await model.startOver());
  assert.equal(app.screen, { kind: 'recovery-key' });
  assert.is(app.recoveryKey, 'K7QD 2MXA');
});

test('U11 the own device is removed off the list with the password, or stays listed without it', async () => {
  const { app, model, engine } = devices();
  engine.answers.localContents = () => ({ conversations: 2, queued: 1 });
  model.ask('remove', model.rows[0]!);
  await settle();
  assert.is(model.question, null);
  const { removal } = model;
  assert.ok(removal.asked?.listed && removal.asked.lost && removal.leaves);
  assert.not(await removal.remove());
  assert.ok(removal.passwordProblem);
  assert.not(engine.names().includes('removeFromBrowser'), 'not without the password');
  engine.answers.removeFromBrowser = refuse('auth/credentials-wrong');
  removal.password = 'wrong one';
  assert.not(await removal.remove());
  assert.ok(removal.passwordProblem && removal.asked, 'nothing is gone');
  engine.answers.removeFromBrowser = () => undefined;
  removal.setLeaves(false);
  assert.match(removal.consequence, /stays on your list/);
  assert.is(removal.password, '');
  app.dependencies.platform.preferences.notifications = true;
  assert.ok(await removal.remove());
  assert.equal(engine.asked.at(-1)?.input, { password: null });
  assert.is(app.dependencies.platform.preferences.notifications, false);
  model.ask('remove', model.rows[0]!);
  await settle();
  removal.password = 'right one';
  assert.ok(await removal.remove());
  assert.equal(engine.asked.at(-1)?.input, { password: 'right one' });
});

test('K7 a browser that is linked anew takes its old entry off the list where the person says so', async () => {
  const { app, engine } = begin({ name: 'link-anew' });
  const model = new LinkAnewViewModel(app);
  engine.answers.signIn = () => undefined;
  model.password = 'right one';
  assert.ok(await model.submit());
  assert.equal(engine.asked.at(-1)?.input, { login: 'mara', password: 'right one', replaces: false });
  model.setReplaces(true);
  model.password = 'right one';
  assert.ok(await model.submit());
  assert.equal(engine.asked.at(-1)?.input, { login: 'mara', password: 'right one', replaces: true });
});

test('U3 another device unlocks: until it did, trying again says so', async () => {
  const { app, engine, enter } = begin({ name: 'sign-in' }, false);
  const locked = { login: 'mara', password: 'new password' };
  app.vaultLocked(locked);
  const model = new LockedVaultViewModel(app);
  model.show('device');
  engine.answers.signIn = refuse('client/vault-locked');
  assert.not(await model.tryAgain());
  assert.ok(model.problem?.startsWith('They are locked still'));
  engine.answers.signIn = () => enter();
  assert.ok(await model.tryAgain());
  assert.equal(engine.asked.at(-1)?.input, locked);
  assert.is(app.screen.kind, 'chat');
  assert.is(app.locked, null);
});

test('U3 a device renews the account only for a password of the person’s own; a new recovery key is shown', async () => {
  const { app, engine } = begin({ name: 'renew' });
  assert.equal(app.screen, { kind: 'chat', main: 'renew', details: false });
  const model = new RenewViewModel(app);
  model.password = 'new password';
  assert.not(await model.submit(), 'the box is not ticked');
  assert.not(engine.names().includes('renewAccount'));
  model.setMine(true);
  engine.answers.renewAccount = refuse('auth/credentials-wrong');
  assert.not(await model.submit());
  assert.ok(model.passwordProblem);
  engine.answers.renewAccount = () => ({ recoveryKey: null });
  model.password = 'old password';
  assert.ok(await model.submit());
  assert.ok(model.said?.includes('opens your messages already'));
  engine.answers.renewAccount = () => ({ recoveryKey: 'K7QD 2MXA' });
  model.password = 'new password';
  assert.ok(await model.submit());
  assert.equal(engine.asked.at(-1)?.input, { password: 'new password' });
  assert.equal(app.screen, { kind: 'recovery-key' });
  assert.is(model.password, '', 'the password does not stay');
});

test('U9 the password is changed with the one of now; nothing typed stays', async () => {
  const { app, engine } = begin({ name: 'password' });
  const model = new PasswordViewModel(app);
  model.write('now', 'old one');
  model.write('password', 'new password');
  model.write('again', 'new passwort');
  assert.is(await model.submit(), 'again');
  model.write('again', 'new password');
  engine.answers.changePassword = refuse('auth/credentials-wrong');
  assert.is(await model.submit(), 'now');
  model.write('now', 'older one');
  engine.answers.changePassword = () => undefined;
  assert.is(await model.submit(), null);
  assert.ok(model.done);
  assert.is(model.value('password'), '');
  assert.equal(engine.asked.at(-1)?.input, { password: 'older one', newPassword: 'new password' });
});

test('U9 a mailed link sets a new password once', async () => {
  const { app, engine } = begin({ name: 'reset', token: 'T' }, false);
  assert.equal(app.screen, { kind: 'reset' });
  engine.answers.checkReset = () => ({ email: 'mara@example.org' });
  const model = new ResetViewModel(app, 'T');
  await settle();
  assert.is(model.stage, 'form');
  assert.is(model.email, 'mara@example.org');
  model.write('password', 'new password');
  model.write('again', 'new password');
  await model.submit();
  assert.equal(engine.asked.at(-1), {
    name: 'completeReset',
    input: { token: 'T', password: 'new password' },
  });
  assert.is(model.stage, 'done');
  const again = new ResetViewModel(app, 'T');
  await settle();
  engine.answers.completeReset = refuse('auth/link-used');
  again.write('password', 'new password');
  again.write('again', 'new password');
  await again.submit();
  assert.is(again.stage, 'forbidden');
  assert.is(again.fault, 'used');
  engine.answers.checkReset = refuse('auth/link-expired');
  const late = new ResetViewModel(app, 'T');
  await settle();
  assert.is(late.fault, 'expired');
});

test.run();
