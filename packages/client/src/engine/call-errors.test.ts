import { isErrorCode, ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AccountError, type AccountErrorCode } from '../account/errors.js';
import { ConversationError, type ConversationErrorCode } from '../conversation/errors.js';
import { InvalidKeyError, InvalidSignatureError, UntrustedIdentityError } from '../crypto/index.js';
import { StoreError, type StoreErrorCode } from '../store/errors.js';
import type { EngineCalls } from './api/engine-api.js';
import { toCallError, withCallErrors } from './call-errors.js';

const test = suite('call errors');

const ACCOUNT: Record<AccountErrorCode, string> = {
  'account/weak-kdf': 'client/weak-kdf',
  'account/password-length': 'request/invalid',
  'account/recovery-key-invalid': 'client/recovery-key-wrong',
  'account/recovery-key-wrong': 'client/recovery-key-wrong',
  'account/vault-unopenable': 'client/vault-locked',
  'account/vault-rolled-back': 'client/rolled-back',
  'account/list-rolled-back': 'client/rolled-back',
  'account/list-forged': 'client/keys-untrusted',
  'account/identity-changed': 'client/keys-untrusted',
  'account/too-many-devices': 'client/too-many-devices',
  'account/link-code-wrong': 'client/link-code-wrong',
  'account/device-missing': 'client/keys-untrusted',
};
const STORE: Record<StoreErrorCode, string> = {
  'store/unopenable': 'client/store-failed',
  'store/write-failed': 'client/store-failed',
  'store/keyring-exists': 'client/store-failed',
};
/** Those that a call can meet. */
const CONVERSATION: Partial<Record<ConversationErrorCode, string>> = {
  'conversation/text-too-long': 'client/message-too-long',
  'conversation/text-malformed': 'client/message-malformed',
  'conversation/members': 'client/own-username',
};

const cases: [Error, string][] = [
  ...Object.entries(ACCOUNT).map(([from, to]): [Error, string] => [
    new AccountError(from as AccountErrorCode),
    to,
  ]),
  ...Object.entries(STORE).map(([from, to]): [Error, string] => [new StoreError(from as StoreErrorCode), to]),
  ...Object.entries(CONVERSATION).map(([from, to]): [Error, string] => [
    new ConversationError(from as ConversationErrorCode, 'x'),
    to,
  ]),
  [new InvalidSignatureError('x'), 'client/keys-untrusted'],
  [new InvalidKeyError('x'), 'client/keys-untrusted'],
  [new UntrustedIdentityError('x'), 'client/keys-untrusted'],
];

for (const [error, code] of cases)
  test(`E: ${(error as unknown as { code: string }).code} is said as ${code}, with its cause`, () => {
    assert.ok(isErrorCode(code));
    const said = toCallError(error);
    assert.instance(said, ProtocolError);
    assert.is((said as ProtocolError).code, code);
    assert.is((said as ProtocolError).cause, error);
  });

test('E: a code of the wire stays what it is; so does what nobody expected', () => {
  const wire = new ProtocolError('sync/too-fast', { retryAfterMs: 7 });
  assert.is(toCallError(wire), wire);
  const bug = new TypeError('bug');
  assert.is(toCallError(bug), bug);
  assert.is(toCallError('thrown'), 'thrown');
});

test('E: calls answer as before, and fail so', async () => {
  const calls = withCallErrors({
    send: async ({ text }: { text: string }) => ({ event: text }),
    signIn: async () => {
      throw new AccountError('account/list-forged');
    },
    signOut: () => {
      throw new StoreError('store/write-failed');
    },
  } as unknown as EngineCalls);
  assert.equal(await calls.send({ conversation: '' as never, text: 'x' }), { event: 'x' });
  const code = (call: Promise<unknown>) => call.catch((error) => error.code);
  assert.is(await code(calls.signIn({ login: '', password: '' })), 'client/keys-untrusted');
  assert.is(await code(calls.signOut()), 'client/store-failed', 'thrown at once too');
});

test.run();
