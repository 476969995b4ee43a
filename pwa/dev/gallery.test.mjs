// What the elements do in a real Chromium, on a scripted engine: `npm run gallery -w pwa`.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGallery } from './browser.mjs';
import { SHOTS } from './shot-list.mjs';

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const noor = encodeURIComponent('/c/noorAAAAAAAAAAAAAAAAAA');
const noorPath = '/c/noorAAAAAAAAAAAAAAAAAA';
const harbour = '/c/harbourAAAAAAAAAAAAAAA';
const hook = (name) => `[data-test=${name}]`;
const gallery = await openGallery();

const test = suite('gallery');
test.after(() => gallery.close());

/** Opens a page, does something with it, and holds that nothing went wrong in it. */
async function on(query, options, act) {
  const page = await gallery.open(query, options);
  await act(page);
  assert.equal(page.problems, []);
  await page.context().close();
}

const focused = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.dataset.test ?? element?.localName ?? null;
  });

// `npm run gallery -w pwa -- keys`: without the pictures' pages.
const shots = process.argv[2] === 'keys' ? [] : SHOTS;
for (const { name, width, height = 900, query, act, context } of shots) {
  test(`U20 ${name}: no fault that axe knows, and nothing wider than the page`, () =>
    on(query, { viewport: { width, height }, hasTouch: width < 600, ...context }, async (page) => {
      await act?.(page);
      await page.waitForTimeout(200);
      await page.addScriptTag({ content: axeSource });
      const found = await page.evaluate(async () => {
        const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
        return violations.map(
          ({ id, nodes }) =>
            `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`).join(' | ')}`,
        );
      });
      assert.equal(found, []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
    }));
}

test('U20 the list is walked by arrow keys, Enter opens, Escape leads back to the row', () =>
  on('', {}, async (page) => {
    await page.locator(hook('conversation-row')).first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator(hook('conversation')).waitFor();
    assert.is(
      await page.locator(hook('conversation')).getAttribute('data-conversation'),
      'teoAAAAAAAAAAAAAAAAAAA',
    );
    assert.is(await focused(page), 'composer');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(100);
    assert.is(await page.locator(hook('conversation')).count(), 0);
    assert.is(await focused(page), 'conversation-row');
  }));

test('U20 the skip link is the first stop and leads to the messages', () =>
  on(`at=${noor}`, {}, async (page) => {
    await page.evaluate(() => document.activeElement?.blur());
    await page.locator('.skip').focus();
    await page.keyboard.press('Enter');
    assert.is(await focused(page), 'transcript');
  }));

test('U7 Enter sends, Shift and Enter break the line; an input method keeps its Enter', () =>
  on(`at=${noor}`, {}, async (page) => {
    const composer = page.locator(hook('composer'));
    await composer.fill('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('zwei');
    assert.is(await composer.inputValue(), 'one\nzwei');
    await composer.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
    assert.is(await composer.inputValue(), 'one\nzwei');
    await page.keyboard.press('Enter');
    assert.is(await composer.inputValue(), '');
    const last = page.locator(hook('message')).last();
    await page.locator(`${hook('message-text')} >> text=zwei`).waitFor();
    assert.is(await last.locator(hook('message-text')).textContent(), 'one\nzwei');
    await last
      .locator(`${hook('mark')}[data-mark=read]`)
      .first()
      .waitFor({ timeout: 5_000 });
  }));

test('U7 under a finger Enter breaks the line and the button sends', () =>
  on(
    `at=${noor}`,
    { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true },
    async (page) => {
      const composer = page.locator(hook('composer'));
      await composer.fill('one');
      await page.keyboard.press('Enter');
      await page.keyboard.type('zwei');
      assert.is(await composer.inputValue(), 'one\nzwei');
      await page.locator(hook('send')).tap();
      await page.locator(`${hook('message-text')} >> text=zwei`).waitFor();
      assert.is(await composer.inputValue(), '');
    },
  ));

test('U6 older messages come in above without moving what is read', () =>
  on(`at=${noor}`, {}, async (page) => {
    const log = page.locator(hook('transcript'));
    await page.waitForTimeout(900);
    await log.evaluate((element) => (element.scrollTop = 500));
    const message = page.locator(`${hook('message-text')} >> text=Two new pages`);
    const count = await page.locator(hook('message')).count();
    const before = await message.evaluate((element) => element.getBoundingClientRect().top);
    await page.waitForFunction((n) => {
      const all = document
        .querySelector('sotto-app')
        .shadowRoot.querySelector('sotto-conversation')
        .shadowRoot.querySelector('sotto-transcript')
        .shadowRoot.querySelectorAll('[data-test=message]');
      return all.length > n;
    }, count);
    await page.waitForTimeout(200);
    const after = await message.evaluate((element) => element.getBoundingClientRect().top);
    assert.ok(Math.abs(after - before) <= 1, `moved by ${after - before} px`);
  }));

test('a new message follows at the end, and only raises the count when the end is far', () =>
  on(`at=${noor}`, {}, async (page) => {
    const say = (text) =>
      page.evaluate((words) => {
        const { engine } = window.gallery;
        const [{ id, peer }] = engine.scene.conversations;
        engine.add(id, {
          kind: 'message',
          id: words,
          author: peer,
          mine: false,
          at: Date.now(),
          text: words,
          mark: null,
          error: null,
        });
      }, text);
    const below = () =>
      page.locator(hook('transcript')).evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);
    await page.waitForTimeout(900);
    await say('first');
    await page.waitForTimeout(200);
    assert.ok((await below()) < 2);
    await page.locator(hook('transcript')).evaluate((log) => (log.scrollTop = 700));
    await page.waitForTimeout(100);
    const before = await below();
    await say('second');
    await page.waitForTimeout(200);
    assert.ok((await below()) > before);
    assert.match(await page.locator(hook('jump-to-latest')).textContent(), /1 new/);
    await page.locator(hook('jump-to-latest')).click();
    await page.waitForTimeout(900);
    assert.ok((await below()) < 2);
    assert.is(await page.locator(hook('jump-to-latest')).count(), 0);
  }));

test('U13 accepting leads straight into the composer', () =>
  on(`at=${encodeURIComponent('/c/kimAAAAAAAAAAAAAAAAAAA')}`, {}, async (page) => {
    await page.locator(hook('accept')).click();
    await page.locator(hook('composer')).waitFor();
    await page.waitForTimeout(200);
    assert.is(await focused(page), 'composer');
  }));

test('S2 links open elsewhere and tell nobody where from; written markup stays text', () =>
  on(`at=${noor}`, {}, async (page) => {
    await page
      .locator(hook('composer'))
      .fill('<img src=x onerror=alert(1)> javascript:alert(1) https://example.org/x');
    await page.keyboard.press('Enter');
    const last = page.locator(hook('message-text')).last();
    await page.locator(`${hook('message-text')} >> text=onerror`).waitFor();
    assert.is(await last.locator('img').count(), 0);
    assert.is(await last.locator('a').count(), 1);
    const link = last.locator('a');
    assert.is(await link.getAttribute('rel'), 'noopener noreferrer');
    assert.is(await link.getAttribute('target'), '_blank');
  }));

test('U8 what was being written is there again when the conversation is opened anew', () =>
  on(`at=${noor}`, {}, async (page) => {
    await page.locator(hook('composer')).fill('half a thought');
    await page.locator(`${hook('conversation-row')}[data-username=teo]`).click();
    await page.waitForTimeout(200);
    assert.is(await page.locator(hook('composer')).inputValue(), '');
    await page.locator(`${hook('conversation-row')}[data-username=noor]`).click();
    await page.waitForTimeout(200);
    assert.is(await page.locator(hook('composer')).inputValue(), 'half a thought');
  }));

test('U20 the dialog holds the focus, and Escape closes it and not the page under it', () =>
  on(`at=${encodeURIComponent('/settings')}`, {}, async (page) => {
    await page.locator(hook('remove')).click();
    await page.locator('dialog').waitFor();
    assert.is(await focused(page), 'cancel');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(100);
    assert.is(await page.locator('dialog').count(), 0);
    assert.is(await page.locator(hook('settings-page')).count(), 1);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(100);
    assert.is(await page.locator(hook('settings-page')).count(), 0);
  }));

test('U20 the themes are one group: arrow keys choose', () =>
  on(`at=${encodeURIComponent('/settings')}`, {}, async (page) => {
    await page.locator(hook('theme-system')).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.is(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  }));

test('U20 U11 a member is opened, asked about and left with keys alone; the question holds the focus', () =>
  on(`at=${encodeURIComponent(`${harbour}/details`)}`, {}, async (page) => {
    await page.locator('[data-username=teo] [data-test=member-more]').focus();
    await page.keyboard.press('Enter');
    const remove = page.locator('[data-username=teo] [data-test=remove-member]');
    await remove.focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor();
    assert.is(await focused(page), 'cancel');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(100);
    assert.is(await page.locator('dialog').count(), 0);
    assert.is(await focused(page), 'remove-member', 'the focus is where it was');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.is(await focused(page), 'confirm');
    await page.keyboard.press('Enter');
    await page.locator('[data-username=teo][data-test=member]').waitFor({ state: 'detached' });
    assert.is(await page.locator('dialog').count(), 0);
  }));

test('U20 from 1280 px details stand beside the conversation, open with the next one, and close to their button', () =>
  on(`at=${encodeURIComponent(harbour)}`, {}, async (page) => {
    await page.locator(hook('details')).focus();
    await page.keyboard.press('Enter');
    await page.locator(hook('details-page')).waitFor();
    assert.is(await page.locator(hook('composer')).count(), 1);
    await page.locator(`${hook('conversation-row')}[data-username=noor]`).click();
    await page.locator(`${hook('conversation')}[data-conversation^=noor]`).waitFor();
    assert.is(await page.locator(hook('details-page')).count(), 1);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(200);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(200);
    assert.is(await page.locator(hook('details-page')).count(), 0);
  }));

test('U20 U11 in a new group Enter adds the name that was typed and does not send the form', () =>
  on(`at=${encodeURIComponent('/new-group')}`, {}, async (page) => {
    assert.is(await focused(page), 'group-name');
    await page.keyboard.type('Boat shed');
    await page.locator(hook('username')).focus();
    await page.keyboard.type('teo');
    await page.keyboard.press('Enter');
    await page.locator('[data-username=teo] input:checked').waitFor();
    assert.is(await page.locator(hook('username')).inputValue(), '');
    assert.is(await focused(page), 'username');
    await page.keyboard.press('Enter');
    await page.locator(hook('conversation')).waitFor();
  }));

test('U14 "They match" is said to who listens, and the mark can be taken back', () =>
  on(
    `at=${encodeURIComponent(`${noorPath}/verify/noorAAAAAAAAAAAAAAAAAA`)}&scene=unverified`,
    {},
    async (page) => {
      await page.locator(hook('match')).focus();
      await page.keyboard.press('Enter');
      await page.locator(`[role=status] ${hook('verified')}`).waitFor();
      await page.waitForTimeout(200);
      assert.is(await focused(page), 'to-conversation', 'the focus does not fall off the page');
      await page.locator(hook('take-back')).click();
      await page.locator(hook('match')).waitFor();
    },
  ));

test('U14 going on with a changed key brings the composer back, with the focus in it', () =>
  on(`at=${noor}&scene=held`, {}, async (page) => {
    assert.is(await page.locator(hook('composer')).count(), 0);
    await page.locator(hook('go-on')).focus();
    await page.keyboard.press('Enter');
    await page.locator(hook('composer')).waitFor();
    await page.waitForTimeout(200);
    assert.is(await focused(page), 'composer');
  }));

test('U14 a QR code is dark on light in dark mode too, with 16 px around it', () =>
  on(`at=${encodeURIComponent(`${noorPath}/verify/noorAAAAAAAAAAAAAAAAAA`)}&theme=dark`, {}, async (page) => {
    const look = await page.locator(hook('qr-code')).evaluate((box) => {
      const svg = box.querySelector('svg');
      const style = getComputedStyle(box);
      return [style.backgroundColor, style.paddingTop, getComputedStyle(svg).fill];
    });
    assert.equal(look, ['rgb(255, 254, 250)', '16px', 'rgb(34, 30, 25)']);
  }));

test('U9 a locked vault: the key has the focus, what is missing is said at it, starting over needs its tick', () =>
  on('at=/&scene=locked', {}, async (page) => {
    await page.locator(hook('login')).fill('mara');
    await page.locator(hook('password')).fill('a long password');
    await page.keyboard.press('Enter');
    await page.locator(hook('locked-vault')).waitFor();
    await page.waitForTimeout(100);
    assert.is(await focused(page), 'recovery-key');
    await page.locator(hook('no-key')).click();
    await page.locator(hook('submit')).click({ force: true });
    await page.waitForTimeout(300);
    assert.is(await page.locator(hook('start-over')).count(), 1, 'nothing happens without the tick');
    await page.locator(hook('understood')).check();
    await page.locator(hook('submit')).click();
    await page.locator('[data-test=recovery-key] [data-group]').first().waitFor();
  }));

test('what can be pressed is at least 44 px under a finger', () =>
  on('', { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true }, async (page) => {
    const small = [];
    for (const path of [
      '/',
      noorPath,
      harbour,
      `${noorPath}/details`,
      `${harbour}/details`,
      `${harbour}/add`,
      `${noorPath}/verify/noorAAAAAAAAAAAAAAAAAA`,
      '/settings',
      '/settings/devices',
      '/settings/link',
      '/settings/password',
      '/settings/recovery-key',
      '/new',
      '/new-group',
    ]) {
      await page.evaluate(
        (to) => window.gallery.model.dependencies.platform.router.go(to),
        await page.evaluate((to) => window.gallery.parse(to), path),
      );
      await page.waitForTimeout(400);
      for (const control of await page
        .locator(
          'button:visible, a.ib:visible, a.btn:visible, a.row:visible, a.item:visible, a.srow:visible, a.linkish:visible, input:not([type=checkbox], [type=file]):visible, label:visible:has(input[type=checkbox])',
        )
        .all()) {
        const box = await control.evaluate((element) => {
          const own = element.getBoundingClientRect();
          const grown = ['::after', '::before']
            .map((part) => getComputedStyle(element, part))
            .find(
              (style) =>
                style.content !== 'none' && style.position === 'absolute' && style.inset.includes('-'),
            );
          const grow = grown ? -2 * Number.parseFloat(grown.top) : 0;
          return { height: own.height + grow, what: element.dataset.test ?? element.outerHTML.slice(0, 80) };
        });
        if (box.height < 43.5) small.push(`${path}: ${box.what} ${box.height}`);
      }
    }
    assert.equal(small, []);
  }));

test.run();
