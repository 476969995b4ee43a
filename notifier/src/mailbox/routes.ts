import { type RequestHandler, type Response, Router } from 'express';
import { LETTER_STYLE_HASH } from '../mail/letter.js';
import type { DevMailbox } from '../transport/dev-mailbox.js';
import { isFromHere } from './only-here.js';
import { listPage, mailPage, missingPage } from './pages.js';
import { MAILBOX_STYLE } from './style.js';

function policy(style: string): string {
  return `default-src 'none'; style-src ${style}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

const onlyHere: RequestHandler = (request, response, next) => {
  if (isFromHere(request)) next();
  else response.status(404).type('text/plain').send('Not found\n');
};

const guard: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': policy("'self'"),
    'Cache-Control': 'no-store',
    // Addresses of pages here lead to secrets.
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  next();
};

function sendPage(response: Response, html: string, status = 200): void {
  response.status(status).type('html').send(html);
}

/** The mailbox's pages, everything under `/mailbox`; 404 for whoever is not on this machine. */
export function mailboxRoutes({ mailbox }: { mailbox: DevMailbox }): Router {
  const router = Router();
  router.use('/mailbox', onlyHere, guard);

  router.get('/mailbox', async (_request, response) => {
    sendPage(response, listPage(await mailbox.list()));
  });

  router.get('/mailbox/style.css', (_request, response) => {
    response.type('css').send(MAILBOX_STYLE);
  });

  router.get('/mailbox/:id', async (request, response) => {
    const mail = await mailbox.get(request.params.id);
    if (mail) sendPage(response, mailPage(mail));
    else sendPage(response, missingPage(), 404);
  });

  router.get('/mailbox/:id/html', async (request, response) => {
    const mail = await mailbox.get(request.params.id);
    if (!mail) return sendPage(response, missingPage(), 404);
    response.set('Content-Security-Policy', policy(`'${LETTER_STYLE_HASH}'`));
    sendPage(response, mail.html);
  });

  return router;
}
