import type { ConversationId } from '@sotto/protocol';
import type { Page } from 'playwright-core';
import { row, said } from '../browser/own-devices.js';
import { composerReady, sendText } from '../browser/talk.js';
import type { Friend, Scene } from './scene.js';

export const GROUP = 'Harbour workshop';

async function join(friend: Friend): Promise<ConversationId> {
  const list = await friend.person.untilList((all) => all.some(({ kind }) => kind === 'group'));
  const { id } = list.find(({ kind }) => kind === 'group')!;
  await friend.person.engine.calls.answerRequest({ conversation: id, answer: 'accept' });
  return id;
}

/** Lets a friend say something in the group, some time ago, and waits until it is read. */
async function say(
  page: Page,
  friend: Friend,
  conversation: ConversationId,
  ago: number,
  text: string,
): Promise<void> {
  friend.behind(ago);
  await friend.person.engine.calls.send({ conversation, text });
  await said(page, text.slice(0, 20)).waitFor();
}

/** Mara makes a group with her friends, and they talk in it. */
export async function makeGroup(page: Page, scene: Scene): Promise<void> {
  await page.locator('[data-test=new-conversation]').click();
  await page.locator('[data-test=new-group]').click();
  await page.locator('[data-test=group-name]').fill(GROUP);
  for (const name of ['teo', 'ilse', 'samir']) {
    await page.locator(`[data-test=person][data-username=${name}] input`).check();
  }
  await page.locator('[data-test=submit]').click();
  await composerReady(page);
  const of = (name: string) => scene.friends.get(name)!;
  const conversation = await join(of('teo'));
  await join(of('ilse'));
  await join(of('samir'));
  await say(
    page,
    of('teo'),
    conversation,
    0,
    'Opening times for the sign, so nobody types them twice: 8 to 12 and 14 to 18',
  );
  await say(page, of('teo'), conversation, 0, 'And in winter only by appointment.');
  await sendText(page, 'Painted. It dries until Thursday, please don’t lean on it.');
  await page.locator('[data-test=details]').click();
  await page.locator('[data-test=add-people]').click();
  await page.locator('[data-test=person][data-username=noor] input').check();
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=member][data-username=noor]').waitFor();
  await join(of('noor'));
  await say(page, of('samir'), conversation, 0, 'شكرًا، على الرف الثاني');
  await say(
    page,
    of('ilse'),
    conversation,
    0,
    'I can bring the long ladder on Saturday, if someone with a car picks it up. It does not fit on the tram, I have tried.',
  );
  await say(page, of('noor'), conversation, 0, 'I have a car, and time from ten on.');
  await row(page, GROUP).waitFor();
}
