import {
  attachmentPath,
  beginAttachmentRequest,
  type ConversationId,
  chunkPath,
  LIMITS,
} from '@sotto/protocol';
import type { Express, Logger, Request, Response } from '@sotto/service';
import { route } from '@sotto/service';
import type { AccessLists, ChunkStore, ClaimStore } from '@sotto/store';
import { Attachments, Bans } from '@sotto/store';
import { readBearer } from '../access/bearer.js';
import type { Identity } from '../access/identity.js';
import { Rights } from '../access/rights.js';
import type { TokenKey } from '../access/tokens.js';
import { Tokens } from '../access/tokens.js';
import type { AttachmentLimits } from './attachment-limits.js';
import { ATTACHMENT_LIMITS } from './attachment-limits.js';
import { readBody } from './read-body.js';
import { Sweeping } from './sweeping.js';
import { Transfers } from './transfers.js';

export interface AttachmentServerOptions {
  readonly claims: ClaimStore;
  readonly chunks: ChunkStore;
  readonly access: AccessLists;
  readonly logger: Logger;
  /** Public key of the auth server's tokens (EdDSA). */
  readonly tokenKey: TokenKey;
  /** Sealed bytes that an account's attachments may take. */
  readonly quotaBytes?: number;
  readonly limits?: Partial<AttachmentLimits>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Sealed attachments over HTTP (SPEC F, H23 to H28). */
export interface AttachmentServer {
  /** Adds the routes, all below `/sync/attachments`. */
  addRoutes(app: Express): void;
  /** Deletes what ended; else it happens every few minutes. */
  sweep(): Promise<void>;
  /** Stops deleting what ended. The stores can be closed when it resolves. */
  close(): Promise<void>;
}

const ALL = '/sync/attachments';
const ONE = `${ALL}/:conversation/:attachment`;
const CHUNK = `${ONE}/:chunk`;
/** What is at an id and number never changes; who may have it does, so nobody between keeps it. */
const FOR_EVER = 'private, max-age=31536000, immutable';

/**
 * @example
 * const attachments = createAttachmentServer({ claims, chunks, access, logger, tokenKey });
 * attachments.addRoutes(app);
 */
export function createAttachmentServer(options: AttachmentServerOptions): AttachmentServer {
  const { claims, chunks, access, logger, tokenKey, now = Date.now } = options;
  const limits = { ...ATTACHMENT_LIMITS, ...options.limits };
  const { quotaBytes } = options;
  const attachments = new Attachments(claims, chunks, {
    now,
    ...(quotaBytes !== undefined && { quotaBytes }),
  });
  const tokens = new Tokens(tokenKey, now);
  const rights = new Rights(access);
  const bans = new Bans(claims);
  const transfers = new Transfers(limits, options.now ?? (() => performance.now()));
  const sweeping = new Sweeping(attachments, limits, logger);

  const authenticate = (request: Request) => readBearer(request, { tokens, claims, bans });

  /** Who belongs to the conversation now may. @throws ProtocolError `sync/not-a-member` */
  async function assertMember(identity: Identity, conversation: ConversationId): Promise<void> {
    await rights.read(identity, { kind: 'm', owner: conversation });
  }

  return {
    addRoutes(app) {
      const params = attachmentPath;
      route(app, 'get', ALL, { authenticate }, async ({ caller: { account } }) => {
        transfers.asked(account);
        return { used: await attachments.used(account), quota: attachments.quotaBytes };
      });

      const beginning = { authenticate, params, body: beginAttachmentRequest };
      route(app, 'put', ONE, beginning, async ({ caller, params: named, body }) => {
        transfers.asked(caller.account);
        await assertMember(caller, named.conversation);
        return { missing: await attachments.begin({ ...named, account: caller.account }, body) };
      });

      route(app, 'post', `${ONE}/confirm`, { authenticate, params }, async ({ caller, params: named }) => {
        transfers.asked(caller.account);
        await assertMember(caller, named.conversation);
        await attachments.confirm({ ...named, account: caller.account });
      });

      // Also by somebody who belongs no longer: it is the own account's.
      route(app, 'delete', ONE, { authenticate, params }, async ({ caller, params: named }) => {
        transfers.asked(caller.account);
        await attachments.drop({ ...named, account: caller.account });
      });

      route(app, 'get', ONE, { authenticate, params }, async ({ caller, params: named }) => {
        transfers.asked(caller.account);
        await assertMember(caller, named.conversation);
        return attachments.manifest({ ...named, account: caller.account });
      });

      const chunk = { authenticate, params: chunkPath };
      route(app, 'put', CHUNK, chunk, async ({ caller, params: named, request }) => {
        await assertMember(caller, named.conversation);
        const asked = { ...named, account: caller.account };
        const length = await attachments.expected(asked, named.chunk);
        await transfers.sent(caller.account, length, async () =>
          attachments.put(asked, named.chunk, await readBody(request, length)),
        );
      });

      route(app, 'get', CHUNK, chunk, async ({ caller, params: named, response }) => {
        await assertMember(caller, named.conversation);
        const asked = { ...named, account: caller.account };
        await transfers.given(caller.account, LIMITS.attachmentChunkBytes, async () => {
          await sendBytes(response, await attachments.chunk(asked, named.chunk));
        });
      });
    },
    sweep: () => sweeping.sweep(),
    async close() {
      bans.close();
      await sweeping.close();
      attachments.close();
    },
  };
}

/** Resolves when the bytes have left this process, or nobody wants them any more. */
function sendBytes(response: Response, bytes: Uint8Array): Promise<void> {
  response.status(200).set({
    'Cache-Control': FOR_EVER,
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(bytes.length),
  });
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  });
}
