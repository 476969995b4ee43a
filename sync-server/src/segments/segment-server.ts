import { createHash } from 'node:crypto';
import type { DocumentName } from '@sotto/protocol';
import { DecodeError, joinUpdate, ProtocolError, parseDocumentName } from '@sotto/protocol';
import type { Express, Request, Response } from '@sotto/service';
import type { AccessLists, ClaimStore, LogStore } from '@sotto/store';
import { Bans } from '@sotto/store';
import { readBearer } from '../access/bearer.js';
import { Rights } from '../access/rights.js';
import type { TokenKey } from '../access/tokens.js';
import { Tokens } from '../access/tokens.js';
import { Slots } from '../transport/slots.js';

export interface SegmentServerOptions {
  readonly log: LogStore;
  readonly claims: ClaimStore;
  readonly access: AccessLists;
  /** Public key of the auth server's tokens (EdDSA). */
  readonly tokenKey: TokenKey;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Segments that take no more envelopes, over HTTP, so that whoever has them may keep them (SPEC C9). */
export interface SegmentServer {
  /** Adds the route, below `/sync/segments`. */
  addRoutes(app: Express): void;
  close(): void;
}

const PATH = '/sync/segments/:document';
/** Who may have it changes, so nobody between keeps it; what it is never does. */
const FOR_EVER = 'private, max-age=31536000, immutable';
/** Segments behind the newest from which on nothing that was let in earlier can still be on its way. */
const BEHIND = 3;
/** Segments in memory at once: 64 MiB each at worst, 80 kB as they mostly are. */
const AT_ONCE = 4;

/**
 * @example
 * const segments = createSegmentServer({ log, claims, access, tokenKey });
 * segments.addRoutes(app);
 */
export function createSegmentServer(options: SegmentServerOptions): SegmentServer {
  const { log, claims, access, tokenKey, now = Date.now } = options;
  const tokens = new Tokens(tokenKey, now);
  const rights = new Rights(access);
  const bans = new Bans(claims);
  const slots = new Slots(AT_ONCE);

  async function answer(request: Request, response: Response): Promise<void> {
    const identity = await readBearer(request, { tokens, claims, bans });
    const asked = readName(String(request.params.document));
    await rights.read(identity, asked.document.log);
    const { segment: newest } = await log.head(asked.log);
    if (asked.document.segment > newest - BEHIND) throw new ProtocolError('sync/segment-open');
    await slots.use(() => send(request, response, asked.name));
  }

  /** Resolves when the bytes have left this process, or nobody wants them any more. */
  async function send(request: Request, response: Response, document: DocumentName): Promise<void> {
    const bytes = joinUpdate(await log.read(document, new Map()));
    const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
    response.set({ 'Cache-Control': FOR_EVER, ETag: tag, Vary: 'Authorization' });
    if (request.get('if-none-match') === tag) {
      response.status(304).end();
      return;
    }
    response.status(200).set({
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(bytes.length),
    });
    await new Promise<void>((resolve) => {
      response.once('close', resolve);
      response.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    });
  }

  return {
    addRoutes(app) {
      app.get(PATH, answer);
    },
    close: () => bans.close(),
  };
}

/** @throws ProtocolError `request/invalid` */
function readName(text: string): ReturnType<typeof parseDocumentName> {
  try {
    return parseDocumentName(text);
  } catch (error) {
    if (error instanceof DecodeError) throw new ProtocolError('request/invalid');
    throw error;
  }
}
