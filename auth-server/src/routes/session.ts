import { ProtocolError } from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express, Request, Response } from 'express';
import { speaksFor } from '../devices/devices.js';
import type { Parts } from '../parts.js';
import { answerSession } from '../sessions/session-answer.js';
import type { Session } from '../sessions/sessions.js';

/** `/api/session`: what the refresh cookie is for (SPEC H6, H7). */
export function addSessionRoutes(app: Express, parts: Parts): void {
  const { claims, sessions, cookie, throttle } = parts;
  const mayTry = ({ ip }: Request) => throttle.pass('refreshFromNetwork', ip);

  /** A device that was removed is told so, whether its session was ended already or the server died over that. */
  async function requireListedDevice(session: Session | undefined): Promise<void> {
    if (!session?.device || (await speaksFor(claims, session.account, session.device))) return;
    await sessions.endOf(session.account, ({ id }) => id === session.id);
    throw new ProtocolError('auth/device-removed');
  }

  async function refresh(request: Request, response: Response) {
    const token = cookie.read(request);
    await requireListedDevice(await sessions.ofToken(token));
    const { session, refreshToken } = await sessions.refresh(token);
    const answer = await answerSession(parts, session);
    cookie.write(response, refreshToken);
    return answer;
  }

  route(app, 'post', '/api/session/refresh', { authenticate: mayTry }, async ({ request, response }) => {
    try {
      return await refresh(request, response);
    } catch (error) {
      const isOver = error instanceof ProtocolError && error.retry === 'sign-in';
      if (isOver) cookie.clear(response);
      throw error;
    }
  });

  route(app, 'post', '/api/session/end', {}, async ({ request, response }) => {
    await sessions.end(cookie.read(request));
    cookie.clear(response);
  });
}
