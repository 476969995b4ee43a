import { ProtocolError } from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express, Request, Response } from 'express';
import type { Parts } from '../parts.js';
import { answerSession } from '../sessions/session-answer.js';

/** `/api/session`: what the refresh cookie is for (SPEC H6, H7). */
export function addSessionRoutes(app: Express, parts: Parts): void {
  const { claims, sessions, tokens, cookie, throttle } = parts;
  const mayTry = ({ ip }: Request) => throttle.pass('refreshFromNetwork', ip);

  async function refresh(request: Request, response: Response) {
    const { session, refreshToken } = await sessions.refresh(cookie.read(request));
    const answer = await answerSession(claims, tokens, session);
    cookie.write(response, refreshToken);
    return answer;
  }

  route(app, 'post', '/api/session/refresh', { authenticate: mayTry }, async ({ request, response }) => {
    try {
      return await refresh(request, response);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'auth/session-invalid') cookie.clear(response);
      throw error;
    }
  });

  route(app, 'post', '/api/session/end', {}, async ({ request, response }) => {
    await sessions.end(cookie.read(request));
    cookie.clear(response);
  });
}
