import {
  type AccountId,
  accountResponse,
  type addDeviceRequest,
  type addPreKeysRequest,
  type approveLinkRequest,
  type changeAccountRequest,
  checkLinkResponse,
  checkResetResponse,
  type completeResetRequest,
  type completeSignUpRequest,
  type DeviceId,
  deviceListsResponse,
  documentTokenResponse,
  type ErasureProgressResponse,
  type eraseAccountRequest,
  type eraseConversationRequest,
  type erasureProgressRequest,
  erasureProgressResponse,
  linkResponse,
  loginResponse,
  newerListsResponse,
  type newLinkRequest,
  newLinkResponse,
  openAccountResponse,
  ProtocolError,
  personResponse,
  preKeyBundleResponse,
  preKeyCountResponse,
  preloginResponse,
  sessionResponse,
  type startOverRequest,
  waitForLinkResponse,
} from '@sotto/protocol';
import type { GenericSchema, InferOutput } from 'valibot';
import { AccessSession, type Session } from './access-session.js';
import { type HttpOptions, type HttpRequest, httpTransport } from './http-transport.js';
import type { KdfParameters } from './kdf.js';

type Body<S extends GenericSchema> = InferOutput<S>;
export type CompleteSignUpRequest = Body<typeof completeSignUpRequest>;
export type LoginAnswer = Body<typeof loginResponse>;
export type PersonAnswer = Body<typeof personResponse>;
export type NewerAnswer = Body<typeof newerListsResponse>['people'][number];
export type BundleAnswer = Body<typeof preKeyBundleResponse>;

/**
 * The auth server's HTTP API (packages/protocol, http). Every call fails with ProtocolError; those that need a session also with
 * `auth/session-invalid`, after which only signing in helps.
 */
export interface AccountApi {
  requestSignUp(input: { email: string }): Promise<void>;
  /** @throws `auth/link-unknown`, `auth/link-used`, `auth/link-expired` */
  checkLink(input: { token: Uint8Array }): Promise<{ email: string }>;
  /** @throws as {@link checkLink}, `auth/username-taken`, `auth/email-taken` */
  completeSignUp(request: CompleteSignUpRequest): Promise<Session>;
  prelogin(input: { login: string }): Promise<{ kdf: KdfParameters }>;
  /** @throws `auth/credentials-wrong` */
  login(input: { login: string; authKey: Uint8Array; device?: DeviceId }): Promise<LoginAnswer>;
  /** Takes up the session that the refresh cookie stands for: what a reload begins with. */
  resume(): Promise<Session>;
  /** Ends the session on the server, and here in any case. */
  endSession(): Promise<void>;
  /** The password again. @throws `auth/credentials-wrong` */
  openAccount(input: { authKey: Uint8Array }): Promise<Body<typeof openAccountResponse>>;
  /** SHA-256 of the sealed vault that stands. */
  vaultHash(): Promise<Uint8Array>;
  /** @throws `auth/credentials-wrong`, `auth/vault-stale`, `auth/device-list-stale` */
  changeAccount(request: Body<typeof changeAccountRequest>): Promise<void>;
  /** @throws as {@link changeAccount} */
  startOver(request: Body<typeof startOverRequest>): Promise<Session>;
  requestReset(input: { email: string }): Promise<void>;
  /** @throws `auth/link-unknown`, `auth/link-used`, `auth/link-expired` */
  checkReset(input: { token: Uint8Array }): Promise<{ email: string }>;
  /** @throws as {@link checkReset} */
  completeReset(request: Body<typeof completeResetRequest>): Promise<void>;
  /** A ticket for a browser that is to become a device; needs no session. */
  newLink(request: Body<typeof newLinkRequest>): Promise<Body<typeof newLinkResponse>>;
  /** What a ticket would link. @throws `auth/link-unknown`, `auth/link-used`, `auth/link-expired` */
  link(ticket: string): Promise<Body<typeof linkResponse>>;
  /** @throws as {@link link}, `auth/credentials-wrong`, `auth/device-list-stale` */
  approveLink(ticket: string, request: Body<typeof approveLinkRequest>): Promise<void>;
  /** What was sealed for the ticket's device, null after some seconds without. @throws `auth/link-unknown`, `auth/link-expired` */
  waitForLink(ticket: string, secret: Uint8Array): Promise<Uint8Array | null>;
  /** Takes up the session of the linked device. @throws `auth/link-unknown`, `auth/link-used` */
  completeLink(ticket: string, secret: Uint8Array): Promise<Session>;
  /** The code is no good any more. */
  cancelLink(ticket: string, secret: Uint8Array): Promise<void>;
  /** @throws `auth/device-list-stale` */
  addDevice(request: Body<typeof addDeviceRequest>): Promise<Session>;
  /** @throws `auth/not-found` */
  person(username: string): Promise<PersonAnswer>;
  /** @throws `auth/not-found` */
  account(account: AccountId): Promise<PersonAnswer>;
  /** Of many accounts, at most 64, those that exist: with their device list where it is not of the version known, 0 for none. */
  newerLists(known: readonly { account: AccountId; version: number }[]): Promise<NewerAnswer[]>;
  /** Its device lists from a version downwards, some of them. @throws `auth/not-found` */
  deviceLists(account: AccountId, version: number): Promise<Uint8Array[]>;
  /** Takes one of a device's one-time keys for good. @throws `auth/not-found` */
  /** Everything of the account goes. @throws `auth/credentials-wrong` */
  eraseAccount(request: Body<typeof eraseAccountRequest>): Promise<void>;
  /** The conversation goes, for everybody. @throws `auth/forbidden` */
  eraseConversation(request: Body<typeof eraseConversationRequest>): Promise<void>;
  /** How far an erasure is; needs no session. @throws `auth/not-found` */
  erasureProgress(request: Body<typeof erasureProgressRequest>): Promise<ErasureProgressResponse>;
  takeBundle(device: DeviceId): Promise<BundleAnswer>;
  preKeyCount(): Promise<Body<typeof preKeyCountResponse>>;
  addPreKeys(keys: Body<typeof addPreKeysRequest>): Promise<void>;
  documentToken(document: string): Promise<Body<typeof documentTokenResponse>>;
  /** An access token good for a minute at least, for the socket's hello. */
  accessToken(): Promise<string>;
  /** A request to this origin as it is, for what is not the auth server's: nothing is added to it, nothing read. */
  raw(path: string, init: RequestInit): Promise<Response>;
  /** The session as the last answer had it, without asking. */
  readonly session: Session | undefined;
}

const linkPath = (ticket: string) => `/api/links/${encodeURIComponent(ticket)}`;

/**
 * A client of the API at one origin, with its session in memory.
 * @param options `now` gives milliseconds since 1970
 */
export function createAccountApi(options: HttpOptions & { readonly now?: () => number }): AccountApi {
  const send = httpTransport(options);
  const post = <const S extends GenericSchema>(path: string, body: unknown, answer: S) =>
    send({ method: 'POST', path, body, answer });
  const access = new AccessSession(
    () => send({ method: 'POST', path: '/api/session/refresh', answer: sessionResponse }),
    options.now ?? (() => Date.now()),
  );

  /** Sends as the person of this session; a token that the server no longer takes is renewed once. */
  async function asked<const S extends GenericSchema | undefined = undefined>(request: HttpRequest<S>) {
    try {
      return await send({ ...request, accessToken: await access.token() });
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'auth/token-invalid')) throw error;
      return send({ ...request, accessToken: (await access.renew()).accessToken });
    }
  }

  const get = <const S extends GenericSchema>(path: string, answer: S) =>
    asked({ method: 'GET', path, answer });

  return {
    requestSignUp: async (body) => {
      await send({ method: 'POST', path: '/api/signup', body });
    },
    checkLink: (body) => post('/api/signup/check', body, checkLinkResponse),
    completeSignUp: async (body) => access.hold(await post('/api/signup/complete', body, sessionResponse)),
    prelogin: (body) => post('/api/prelogin', body, preloginResponse),
    login: async (body) => access.hold(await post('/api/login', body, loginResponse)),
    resume: () => access.renew(),
    async endSession() {
      access.drop();
      await send({ method: 'POST', path: '/api/session/end' });
    },
    addDevice: async (body) =>
      access.hold(await asked({ method: 'POST', path: '/api/devices', body, answer: sessionResponse })),
    eraseAccount: async (body) => {
      await asked({ method: 'POST', path: '/api/erasures/account', body });
    },
    eraseConversation: async (body) => {
      await asked({ method: 'POST', path: '/api/erasures/conversation', body });
    },
    erasureProgress: (body) => post('/api/erasures/progress', body, erasureProgressResponse),
    openAccount: (body) =>
      asked({ method: 'POST', path: '/api/account/open', body, answer: openAccountResponse }),
    vaultHash: async () => (await get('/api/account', accountResponse)).vault,
    changeAccount: async (body) => {
      await asked({ method: 'POST', path: '/api/account', body });
    },
    startOver: async (body) =>
      access.hold(
        await asked({ method: 'POST', path: '/api/account/start-over', body, answer: sessionResponse }),
      ),
    requestReset: async (body) => {
      await send({ method: 'POST', path: '/api/reset', body });
    },
    checkReset: (body) => post('/api/reset/check', body, checkResetResponse),
    completeReset: async (body) => {
      await send({ method: 'POST', path: '/api/reset/complete', body });
    },
    newLink: (body) => post('/api/links', body, newLinkResponse),
    link: (ticket) => get(linkPath(ticket), linkResponse),
    approveLink: async (ticket, body) => {
      await asked({ method: 'POST', path: `${linkPath(ticket)}/approve`, body });
    },
    waitForLink: async (ticket, secret) =>
      (await post(`${linkPath(ticket)}/wait`, { secret }, waitForLinkResponse)).sealed,
    completeLink: async (ticket, secret) =>
      access.hold(await post(`${linkPath(ticket)}/complete`, { secret }, sessionResponse)),
    cancelLink: async (ticket, secret) => {
      await send({ method: 'POST', path: `${linkPath(ticket)}/cancel`, body: { secret } });
    },
    person: (username) => get(`/api/people/${encodeURIComponent(username)}`, personResponse),
    account: (account) => get(`/api/accounts/${account}`, personResponse),
    newerLists: async (known) => {
      const request = { method: 'POST', path: '/api/accounts/newer', body: { known } } as const;
      return (await asked({ ...request, answer: newerListsResponse })).people;
    },
    deviceLists: async (account, version) =>
      (await get(`/api/accounts/${account}/lists/${version}`, deviceListsResponse)).deviceLists,
    takeBundle: (device) =>
      asked({ method: 'POST', path: `/api/devices/${device}/bundle`, answer: preKeyBundleResponse }),
    preKeyCount: () => get('/api/pre-keys', preKeyCountResponse),
    addPreKeys: async (body) => {
      await asked({ method: 'POST', path: '/api/pre-keys', body });
    },
    documentToken: (document) =>
      asked({
        method: 'POST',
        path: '/api/documents/token',
        body: { document },
        answer: documentTokenResponse,
      }),
    raw: (path, init) => (options.fetch ?? fetch)(options.origin + path, init),
    accessToken: () => access.token(),
    get session() {
      return access.current;
    },
  };
}
