import {
  DecodeError,
  documentTokenRequest,
  type Log,
  ProtocolError,
  parseDocumentName,
} from '@sotto/protocol';
import { route } from '@sotto/service';
import { isMember } from '@sotto/store';
import type { Express } from 'express';
import { freshClientId } from '../documents/client-id.js';
import type { Parts } from '../parts.js';
import { TOKEN_SECONDS } from '../sessions/access-tokens.js';
import type { DeviceCaller } from './caller.js';

function readName(text: string) {
  try {
    return parseDocumentName(text);
  } catch (error) {
    if (error instanceof DecodeError) throw new ProtocolError('request/invalid', { detail: 'document' });
    throw error;
  }
}

/** `/api/documents/token`: lets a stock Yjs provider join one document (SPEC H13). */
export function addDocumentRoutes(app: Express, { access, tokens, callers, throttle }: Parts): void {
  async function mayJoin(log: Log, caller: DeviceCaller): Promise<boolean> {
    switch (log.kind) {
      case 'i':
        return log.owner === caller.did;
      case 'a':
      case 'k':
        return log.owner === caller.sub;
      default: {
        const current = await access.current(log.owner);
        return current !== undefined && isMember(current, caller.sub);
      }
    }
  }

  route(
    app,
    'post',
    '/api/documents/token',
    { body: documentTokenRequest, authenticate: callers.deviceOf },
    async ({ body, caller }) => {
      const { sub, sid, did } = caller;
      throttle.pass('documentTokens', sub);
      const { name, document } = readName(body.document);
      if (!(await mayJoin(document.log, caller))) throw new ProtocolError('auth/forbidden');
      const client = freshClientId();
      const token = await tokens.document({ sub, sid, did, doc: name, cid: client });
      return { token, client, expiresIn: TOKEN_SECONDS };
    },
  );
}
