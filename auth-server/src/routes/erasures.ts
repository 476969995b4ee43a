import {
  eraseAccountRequest,
  eraseConversationRequest,
  erasureProgressRequest,
  ProtocolError,
} from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express } from 'express';
import type { Parts } from '../parts.js';

/** `/api/erasures`: what is to be deleted for good, and how far that is (SPEC H29 to H31). */
export function addErasureRoutes(app: Express, { erasures, callers, throttle }: Parts): void {
  route(
    app,
    'post',
    '/api/erasures/account',
    { body: eraseAccountRequest, authenticate: callers.of, status: 202 },
    async ({ body: { authKey, receipt }, caller }) => {
      throttle.pass('passwordAgain', caller.sub);
      await erasures.account(caller.sub, authKey, receipt);
      return {};
    },
  );

  route(
    app,
    'post',
    '/api/erasures/conversation',
    { body: eraseConversationRequest, authenticate: callers.deviceOf, status: 202 },
    async ({ body: { conversation, receipt }, caller }) => {
      throttle.pass('eraseConversations', caller.sub);
      await erasures.conversation(conversation, caller.sub, receipt);
      return {};
    },
  );

  // By what only the one who asked knows: the account may be gone.
  route(
    app,
    'post',
    '/api/erasures/progress',
    { body: erasureProgressRequest },
    async ({ body: { receipt }, request }) => {
      throttle.pass('erasuresFromNetwork', request.ip);
      const progress = await erasures.progress(receipt);
      if (!progress) throw new ProtocolError('auth/not-found');
      return progress;
    },
  );
}
