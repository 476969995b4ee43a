import type { ConversationSummary, SessionSnapshot } from '@sotto/client';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Route } from '../platform/routes.js';
import { AppViewModel } from './app.js';
import { RecoveryKeyViewModel } from './recovery-key.js';
import { SettingsViewModel } from './settings.js';
import { SignInViewModel } from './sign-in.js';
import { SignUpViewModel } from './sign-up.js';
import { ManualEngine, settle, testPlatform } from './testing/platform.js';
import { WelcomeViewModel } from './welcome.js';

const id = 'noorAAAAAAAAAAAAAAAAAA' as ConversationId;
const KEY = 'K7QD 2MXA 9FTR WJ4H C6PN 83ZE VB5L TG2Y R9AK 4HSD M7QX 1PFC';
const signedIn: SessionSnapshot = {
  state: 'signed-in',
  account: 'me' as AccountId,
  username: 'mara',
  email: 'mara@example.org',
  overtaken: false,
};
const signedOut = (ended = false): SessionSnapshot => ({
  state: 'signed-out',
  evicted: false,
  ended,
  removed: false,
  known: ended ? { username: 'mara' } : null,
});
const conversation = (unread: number): ConversationSummary => ({
  id,
  kind: 'direct',
  name: 'noor',
  peer: { account: 'noor' as AccountId, username: 'noor' },
  standing: 'accepted',
  member: true,
  last: null,
  unread,
  draft: '',
  at: 0,
});

function setUp(start: Route = { name: 'list' }) {
  const engine = new ManualEngine();
  const platform = testPlatform(start);
  const app = new AppViewModel({ engine, platform });
  return { engine, platform, app, path: () => platform.history.at(-1) };
}

const test = suite('app');

test('U2 who is signed in lands in the chat', () => {
  const { engine, app, path } = setUp();
  assert.is(app.screen.kind, 'starting');
  engine.tell('session', signedOut());
  assert.is(app.screen.kind, 'sign-in');
  assert.is(path(), '/sign-in');
  engine.tell('session', signedIn);
  assert.equal(app.screen, { kind: 'chat', main: 'empty', details: false });
  assert.is(path(), '/');
});

test('U5 a session that ended leads to sign-in and back to where they were', () => {
  const { engine, app, path } = setUp({ name: 'conversation', id });
  engine.tell('session', signedIn);
  assert.is(app.conversation?.id, id);
  engine.tell('session', signedOut(true));
  assert.is(app.screen.kind, 'sign-in');
  assert.is(app.conversation, null);
  assert.is(engine.watched('timeline'), 0);
  assert.is(new SignInViewModel(app).ended, true);
  assert.is(new SignInViewModel(app).login, 'mara');
  engine.tell('session', signedIn);
  assert.is(path(), `/c/${id}`);
  assert.is(app.conversation?.id, id);
});

test('U5 signing out on purpose leaves nothing to come back to', () => {
  const { engine, platform, path } = setUp({ name: 'settings' });
  engine.tell('session', signedIn);
  engine.tell('session', signedOut());
  assert.is(path(), '/sign-in');
  assert.is(platform.router.returnTo, null);
});

test('U2 wrong credentials say one thing, whatever was wrong', async () => {
  const { engine, app } = setUp();
  engine.tell('session', signedOut());
  const model = new SignInViewModel(app);
  for (const code of ['auth/credentials-wrong', 'request/invalid'] as const) {
    engine.answers.signIn = () => {
      throw new ProtocolError(code);
    };
    model.login = 'mara';
    model.password = 'x';
    assert.is(await model.submit(), false);
    assert.is(model.problem, 'Name or password is wrong.');
  }
});

test('U1 an address is judged before anything is sent, and the answer says nothing of who is known', async () => {
  const { engine, app } = setUp({ name: 'sign-up' });
  const model = new SignUpViewModel(app.dependencies);
  model.email = 'mara@';
  assert.is(await model.submit(), false);
  assert.ok(model.emailProblem);
  model.email = ' mara@example.org ';
  assert.is(model.emailProblem, null);
  assert.is(await model.submit(), true);
  assert.is(model.sent, 1);
  assert.equal(engine.asked, [{ name: 'requestSignUp', input: { email: 'mara@example.org' } }]);
});

test('U1 a link that is used, expired or unknown shows why', async () => {
  for (const [code, fault] of [
    ['auth/link-used', 'used'],
    ['auth/link-expired', 'expired'],
    ['auth/link-unknown', 'unknown'],
    ['request/invalid', 'unknown'],
  ] as const) {
    const { engine, app } = setUp({ name: 'welcome', token: 't' });
    engine.answers.checkLink = () => {
      throw new ProtocolError(code);
    };
    const model = new WelcomeViewModel(app, 't');
    await settle();
    assert.equal([model.stage, model.fault], ['forbidden', fault]);
  }
});

test('U1 a link that could not be checked is not called bad', async () => {
  const { engine, app } = setUp({ name: 'welcome', token: 't' });
  engine.answers.checkLink = () => {
    throw new ProtocolError('service/unavailable');
  };
  const model = new WelcomeViewModel(app, 't');
  await settle();
  assert.is(model.stage, 'unreachable');
  engine.answers.checkLink = () => ({ email: 'mara@example.org' });
  await model.check();
  assert.is(model.stage, 'form');
});

test('U1 the two passwords must match, and fields are judged only once they were left', async () => {
  const { engine, app } = setUp({ name: 'welcome', token: 't' });
  engine.answers.checkLink = () => ({ email: 'mara@example.org' });
  const model = new WelcomeViewModel(app, 't');
  await settle();
  model.write('username', 'Mara');
  model.write('password', 'long enough');
  model.write('again', 'long');
  assert.is(model.fieldProblem('again'), null);
  model.leave('again');
  assert.is(model.fieldProblem('again'), 'The two are not the same yet.');
  assert.is(await model.submit(), 'again');
  assert.is(engine.names().includes('completeSignUp'), false);
});

test('U1 a taken name is told at its field, and another one may be tried', async () => {
  const { engine, app } = setUp({ name: 'welcome', token: 't' });
  engine.answers.checkLink = () => ({ email: 'mara@example.org' });
  engine.answers.completeSignUp = () => {
    throw new ProtocolError('auth/username-taken');
  };
  const model = new WelcomeViewModel(app, 't');
  await settle();
  for (const field of ['password', 'again'] as const) model.write(field, 'long enough');
  model.write('username', 'Mara');
  assert.is(await model.submit(), 'username');
  assert.is(model.fieldProblem('username'), 'This name is taken.');
  assert.is(model.problem, null);
  model.write('username', 'mara2');
  assert.is(model.fieldProblem('username'), null);
});

test('U1 a new account sees its recovery key once, then the chat', async () => {
  const { engine, app, path } = setUp({ name: 'welcome', token: 't' });
  engine.tell('session', signedOut());
  engine.answers.checkLink = () => ({ email: 'mara@example.org' });
  engine.answers.completeSignUp = () => {
    engine.tell('session', signedIn); // The session begins before the call answers.
    return { recoveryKey: KEY };
  };
  const welcome = new WelcomeViewModel(app, 't');
  await settle();
  for (const field of ['password', 'again'] as const) welcome.write(field, 'long enough');
  welcome.write('username', 'Mara');
  assert.is(await welcome.submit(), null);
  assert.equal(engine.asked.at(-1)?.input, { token: 't', username: 'mara', password: 'long enough' });
  assert.is(app.screen.kind, 'recovery-key');
  const recovery = new RecoveryKeyViewModel(app);
  assert.is(recovery.groups.length, 12);
  recovery.write('9FTQ');
  assert.is(recovery.done(), false);
  assert.ok(recovery.checkProblem);
  recovery.write(' 9ftr ');
  assert.is(recovery.done(), true);
  assert.is(path(), '/');
  assert.is(app.recoveryKey, null);
  assert.is(app.list?.notice, null);
});

test('U1 "Do this later" keeps the key in this tab and says so in the list', () => {
  const { engine, app, path } = setUp();
  engine.tell('session', signedIn);
  app.showRecoveryKey(KEY);
  new RecoveryKeyViewModel(app).later();
  assert.is(path(), '/');
  assert.is(app.list?.notice, 'recovery');
  assert.is(app.recoveryKey, KEY);
  engine.tell('session', signedOut());
  assert.is(app.recoveryKey, null);
});

test('a conversation that is not on this device is said to be not there, once it had its time', () => {
  const { engine, app, platform } = setUp({ name: 'conversation', id });
  engine.tell('session', signedIn);
  engine.tell('conversations', []);
  assert.equal(app.screen, { kind: 'chat', main: 'conversation', details: false });
  platform.clock.pass(2_000);
  assert.equal(app.screen, { kind: 'chat', main: 'not-found', details: false });
  engine.tell('conversations', [conversation(0)]);
  assert.equal(app.screen, { kind: 'chat', main: 'conversation', details: false });
});

test('the title says how much is unread and where we are', () => {
  const { engine, platform } = setUp({ name: 'settings' });
  engine.tell('session', signedIn);
  assert.is(platform.window.title, 'Settings · Sotto');
  engine.tell('conversations', [conversation(3)]);
  assert.is(platform.window.title, '(3) Settings · Sotto');
  platform.router.go({ name: 'list' });
  assert.is(platform.window.title, '(3) Sotto');
});

test('U17 notifications are asked for by the switch only, and tell who wrote but never what', async () => {
  const { engine, app, platform } = setUp();
  engine.tell('session', signedIn);
  engine.tell('conversations', [conversation(0)]);
  platform.window.visible = false;
  engine.tell('conversations', [conversation(1)]);
  assert.equal([platform.permission.asked, platform.notes.length], [0, 0]);
  const settings = new SettingsViewModel(app);
  await settings.switchNotifications(true);
  assert.is(settings.notificationsOn, true);
  assert.is(platform.permission.asked, 1);
  engine.tell('conversations', [conversation(2)]);
  assert.equal(platform.notes, [{ title: 'New message from noor', tag: id, path: `/c/${id}` }]);
  engine.tell('conversations', [conversation(2)]);
  platform.window.visible = true;
  engine.tell('conversations', [conversation(3)]);
  assert.is(platform.notes.length, 1);
});

test('removing from this browser first counts what would go', async () => {
  const { engine, app } = setUp({ name: 'settings' });
  engine.tell('session', signedIn);
  engine.answers.localContents = () => ({ conversations: 4, queued: 2 });
  const { removal } = new SettingsViewModel(app);
  await removal.ask();
  assert.match(removal.asked!.goes, /4 conversations/);
  assert.match(removal.asked!.lost!, /2 messages/);
  removal.keep();
  assert.is(removal.asked, null);
  assert.is(engine.names().includes('removeFromBrowser'), false);
});

test.run();
