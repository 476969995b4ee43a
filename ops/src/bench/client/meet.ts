import type { ConversationId } from '@sotto/protocol';
import type { Page } from 'playwright-core';
import { composerReady, openConversationWith, sendText } from '../../browser/talk.js';
import type { Person as NodePerson } from '../../people/person.js';

/** Somebody in Node writes to somebody at a page for the first time; the page accepts and stays on the conversation. */
export async function meetFromNode(
  from: NodePerson,
  page: Page,
  username: string,
  text: string,
): Promise<ConversationId> {
  const { conversation } = await from.engine.calls.startDirect({ username });
  await from.engine.calls.send({ conversation, text });
  await accept(page, from.name);
  return conversation;
}

/** Somebody at a page writes to somebody at another; both stay on the conversation. */
export async function meetInPages(
  from: { page: Page; username: string },
  to: { page: Page; username: string },
): Promise<void> {
  await openConversationWith(from.page, to.username);
  await sendText(from.page, 'hello');
  await accept(to.page, from.username);
}

async function accept(page: Page, from: string): Promise<void> {
  await page.locator(`[data-test=conversation-row][data-username=${from}]`).click();
  await page.locator('[data-test=accept]').click();
  await composerReady(page);
}
