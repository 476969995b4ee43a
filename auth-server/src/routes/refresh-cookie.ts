import type { CookieOptions, Request, Response } from 'express';
import { SESSION_MS } from '../sessions/sessions.js';

const NAME = 'sotto_refresh';

/** The cookie that holds the refresh token: no script reads it, no other site sends it, few paths see it. */
export class RefreshCookie {
  readonly #options: CookieOptions;

  /** @param secure false only where the page itself comes over plain HTTP, as on localhost */
  constructor(secure: boolean) {
    this.#options = { httpOnly: true, sameSite: 'strict', path: '/api/session', secure };
  }

  read(request: Request): string | undefined {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name === NAME) return value;
    }
    return undefined;
  }

  write(response: Response, token: string): void {
    response.cookie(NAME, token, { ...this.#options, maxAge: SESSION_MS });
  }

  clear(response: Response): void {
    response.clearCookie(NAME, this.#options);
  }
}
