import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openClaims } from '../testing/open-claims.js';
import { DevMailbox, MAILBOX_CAP } from './dev-mailbox.js';

const test = suite('development mailbox');

function mail(number: number) {
  const id = `${String(number).padStart(15, '0')}-x`;
  return { id, to: `${number}@example.org`, subject: `Mail ${number}`, text: 'text', html: '<p>html' };
}

test('keeps mails over a restart, newest first, each once', async () => {
  const store = await openClaims();
  const mailbox = new DevMailbox(store.claims);
  for (const number of [1, 2, 3, 2]) await mailbox.send(mail(number));
  await store.restart();
  const kept = await new DevMailbox(store.claims).list();
  assert.equal(
    kept.map(({ subject }) => subject),
    ['Mail 3', 'Mail 2', 'Mail 1'],
  );
  const { at, ...rest } = kept[0]!;
  assert.equal(rest, mail(3));
  assert.ok(at > 0);
  await store.close();
});

test(`keeps the newest ${MAILBOX_CAP}`, async () => {
  const store = await openClaims();
  const mailbox = new DevMailbox(store.claims);
  for (let number = 0; number < MAILBOX_CAP + 5; number += 1) await mailbox.send(mail(number));
  const kept = await mailbox.list();
  assert.is(kept.length, MAILBOX_CAP);
  assert.is(kept.at(-1)?.subject, 'Mail 5');
  assert.is(await mailbox.get(mail(4).id), undefined);
  assert.is((await mailbox.get(mail(5).id))?.subject, 'Mail 5');
  await store.close();
});

test.run();
