import type { GenericSchema } from 'valibot';
import { safeParse } from 'valibot';
import { DecodeError } from '../errors/decode-error.js';
import * as accountChanges from '../http/account-changes.js';
import * as accounts from '../http/accounts.js';
import * as attachments from '../http/attachments.js';
import * as directory from '../http/directory.js';
import * as erasures from '../http/erasures.js';
import { toJson } from '../http/json.js';
import * as links from '../http/links.js';
import { fromProblem, problem } from '../http/problem.js';
import * as resets from '../http/resets.js';
import type { AccountId, DeviceId } from '../ids.js';
import { randomId } from '../ids.js';

const bytes = (length: number) => new Uint8Array(length).fill(length);
const device = randomId<DeviceId>();
const account = randomId<AccountId>();
const email = 'ada@example.org';
const username = 'ada';
const kdf = { algorithm: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 1, salt: bytes(16) };
const authKey = bytes(32);
const token = bytes(32);
const vault = bytes(700);
const deviceList = bytes(300);
const signed = { id: 1, key: bytes(33), signature: bytes(64) };
const kem = { id: 2, key: bytes(1_569), signature: bytes(64) };
const preKeys = { signed, lastResortKem: kem, oneTime: [{ id: 3, key: bytes(33) }], oneTimeKem: [kem] };
const newDevice = { id: device, registrationId: 5, identityKey: bytes(33), preKeys };
const session = { account, username, email, device, accessToken: 'a.b.c', expiresIn: 900 };
const changed = { previous: bytes(32), sealed: vault };
const ticket = randomId();
const sealed = bytes(400);
const receipt = bytes(16);
const secret = bytes(32);

/** Every body that is parsed, and one that fits. */
const bodies: Readonly<Record<string, readonly [schema: GenericSchema, sample: unknown]>> = {
  eraseAccount: [erasures.eraseAccountRequest, { authKey, receipt }],
  eraseConversation: [erasures.eraseConversationRequest, { conversation: randomId(), receipt }],
  erasureProgress: [erasures.erasureProgressRequest, { receipt }],
  erasureProgressed: [
    erasures.erasureProgressResponse,
    { what: 'account', asked: 1, done: [{ part: 'names', at: 2, count: 3 }], finished: false },
  ],
  signUp: [accounts.signUpRequest, { email }],
  checkLink: [accounts.checkLinkRequest, { token }],
  linkChecked: [accounts.checkLinkResponse, { email }],
  completeSignUp: [
    accounts.completeSignUpRequest,
    { token, account, username, kdf, authKey, vault, deviceList, device: newDevice },
  ],
  prelogin: [accounts.preloginRequest, { login: username }],
  preloggedIn: [accounts.preloginResponse, { kdf }],
  login: [accounts.loginRequest, { login: email, authKey, device }],
  session: [accounts.sessionResponse, session],
  loggedIn: [accounts.loginResponse, { ...session, kdf, vault, deviceList }],
  addDevice: [accounts.addDeviceRequest, { deviceList, device: newDevice }],
  openAccount: [accountChanges.openAccountRequest, { authKey }],
  accountOpened: [accountChanges.openAccountResponse, { kdf, vault, deviceList }],
  account: [accountChanges.accountResponse, { vault: bytes(32) }],
  changeAccount: [
    accountChanges.changeAccountRequest,
    { authKey, vault: changed, credentials: { kdf, authKey }, deviceList },
  ],
  startOver: [accountChanges.startOverRequest, { authKey, vault: changed, deviceList, device: newDevice }],
  person: [directory.personResponse, { account, username, deviceList }],
  deviceLists: [directory.deviceListsResponse, { deviceLists: [deviceList, bytes(200)] }],
  newerLists: [directory.newerListsRequest, { known: [{ account, version: 3 }] }],
  newerListsTold: [
    directory.newerListsResponse,
    {
      people: [
        { account, username, deviceList },
        { account: randomId(), username },
      ],
    },
  ],
  bundle: [
    directory.preKeyBundleResponse,
    { device, registrationId: 5, identityKey: bytes(33), signed, kem, oneTime: { id: 3, key: bytes(33) } },
  ],
  preKeyCount: [directory.preKeyCountResponse, { oneTime: 4, oneTimeKem: 5 }],
  addPreKeys: [directory.addPreKeysRequest, preKeys],
  documentToken: [directory.documentTokenRequest, { document: `m.${randomId()}.0` }],
  documentTokenGiven: [directory.documentTokenResponse, { token: 'a.b.c', client: 7, expiresIn: 60 }],
  newLink: [links.newLinkRequest, { device: newDevice }],
  linkMade: [links.newLinkResponse, { ticket, secret, expiresIn: 600 }],
  link: [links.linkResponse, { device, identityKey: bytes(33), expiresIn: 600 }],
  approveLink: [links.approveLinkRequest, { authKey, deviceList, sealed }],
  linkSecret: [links.linkSecretRequest, { secret }],
  linkAnswered: [links.waitForLinkResponse, { sealed }],
  reset: [resets.resetRequest, { email }],
  checkReset: [resets.checkResetRequest, { token }],
  completeReset: [resets.completeResetRequest, { token, kdf, authKey }],
  beginAttachment: [attachments.beginAttachmentRequest, { size: 262_161, chunks: [bytes(32), bytes(32)] }],
  attachmentBegun: [attachments.beginAttachmentResponse, { missing: [1] }],
  attachment: [attachments.attachmentResponse, { size: 262_161, chunks: [bytes(32), bytes(32)] }],
  attachmentUsage: [attachments.attachmentUsageResponse, { used: 7, quota: 1_073_741_824 }],
  problem: [problem, { type: 'urn:sotto:error:sync/gap', title: 'x', status: 409, code: 'sync/gap' }],
};

const schemas = Object.values(bodies).map(([schema]) => schema);

/** Bodies as they are on the wire, one of each. */
export function httpBodies(): Uint8Array[] {
  return Object.values(bodies).map(([, sample]) => new TextEncoder().encode(JSON.stringify(toJson(sample))));
}

/**
 * Reads a body as every request and answer there is: one that none of them takes is refused.
 * @throws DecodeError
 */
export function readHttpBody(body: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new DecodeError('shape', 'JSON');
  }
  fromProblem(value);
  const taken = schemas.map((schema) => safeParse(schema, value)).filter(({ success }) => success);
  if (taken.length === 0) throw new DecodeError('shape', 'HTTP body');
  return taken.map(({ output }) => output);
}
