const noor = '/c/noorAAAAAAAAAAAAAAAAAA';
const kim = '/c/kimAAAAAAAAAAAAAAAAAAA';
const at = (path, more = '') => `at=${encodeURIComponent(path)}${more}`;
const hook = (name) => `[data-test=${name}]`;

/** Every screen, at the widths, schemes and directions that it has to hold in. */
export const SHOTS = [
  { name: 'chat-1440-light', width: 1440, query: at(noor, '&theme=light') },
  {
    name: 'chat-1440-dark',
    width: 1440,
    query: at(noor, '&theme=dark&scene=offline'),
    act: (page) => page.waitForTimeout(3200),
  },
  { name: 'chat-1920-light', width: 1920, height: 1080, query: at(noor, '&theme=light') },
  { name: 'chat-900-light', width: 900, query: at(noor, '&theme=light') },
  { name: 'chat-899-light', width: 899, query: at(noor, '&theme=light') },
  {
    name: 'chat-360-light',
    width: 360,
    query: at(noor, '&theme=light&scene=offline'),
    act: (page) => page.waitForTimeout(3200),
  },
  { name: 'chat-360-dark', width: 360, query: at(noor, '&theme=dark') },
  { name: 'chat-1440-rtl', width: 1440, query: at(noor, '&theme=light&dir=rtl') },
  { name: 'chat-360-rtl', width: 360, query: at(noor, '&theme=dark&dir=rtl') },
  { name: 'chat-1440-us', width: 1440, query: at(noor, '&theme=light&region=en-US') },
  { name: 'states-1440-light', width: 1440, height: 1100, query: at(noor, '&theme=light&scene=states') },
  { name: 'states-1440-dark', width: 1440, height: 1100, query: at(noor, '&theme=dark&scene=states') },
  { name: 'states-360-light', width: 360, height: 1400, query: at(noor, '&theme=light&scene=states') },
  { name: 'list-360-light', width: 360, query: at('/', '&theme=light&notice') },
  { name: 'list-360-rtl', width: 360, query: at('/', '&theme=light&dir=rtl') },
  { name: 'list-1440-light', width: 1440, query: at('/', '&theme=light&update') },
  { name: 'empty-1440-light', width: 1440, query: at('/', '&theme=light&scene=empty') },
  { name: 'empty-360-dark', width: 360, query: at('/', '&theme=dark&scene=empty') },
  { name: 'first-1440-light', width: 1440, query: at(noor, '&theme=light&scene=first') },
  { name: 'invited-360-light', width: 360, query: at(noor, '&theme=light&scene=invited') },
  { name: 'request-1440-light', width: 1440, query: at(kim, '&theme=light') },
  { name: 'request-360-light', width: 360, query: at(kim, '&theme=light') },
  { name: 'blocked-1440-light', width: 1440, query: at('/c/pavelAAAAAAAAAAAAAAAAA', '&theme=light') },
  { name: 'new-1440-light', width: 1440, query: at('/new', '&theme=light') },
  {
    name: 'new-360-light',
    width: 360,
    query: at('/new', '&theme=light'),
    act: async (page) => {
      await page.locator(hook('username')).fill('no');
      await page.locator(hook('submit')).click();
    },
  },
  { name: 'sign-in-1440-light', width: 1440, query: at('/', '&theme=light&scene=signed-out') },
  {
    name: 'sign-in-360-ended',
    width: 360,
    query: at(noor, '&theme=light&scene=ended'),
    act: async (page) => {
      await page.locator(hook('password')).fill('wrong');
      await page.locator(hook('submit')).click();
      await page.waitForTimeout(400);
    },
  },
  { name: 'sign-up-360-light', width: 360, query: at('/sign-up', '&theme=light&scene=signed-out') },
  {
    name: 'sign-up-1440-mail',
    width: 1440,
    query: at('/sign-up', '&theme=dark&scene=signed-out'),
    act: async (page) => {
      await page.locator(hook('email')).fill('mara@example.org');
      await page.locator(hook('submit')).click();
      await page.waitForTimeout(400);
    },
  },
  {
    name: 'welcome-1440-light',
    width: 1440,
    query: at('/welcome#x', '&theme=light&scene=signed-out'),
    act: async (page) => {
      await page.locator(hook('username')).fill('mara');
      await page.locator(hook('password')).fill('short');
      await page.locator(hook('password-again')).fill('other');
      await page.locator(hook('submit')).click();
    },
  },
  { name: 'welcome-360-dark', width: 360, query: at('/welcome#x', '&theme=dark&scene=signed-out') },
  { name: 'used-360-light', width: 360, query: at('/welcome#x', '&theme=light&scene=used') },
  { name: 'expired-1440-light', width: 1440, query: at('/welcome#x', '&theme=light&scene=expired') },
  {
    name: 'recovery-1440-light',
    width: 1440,
    query: at('/welcome#x', '&theme=light&scene=signed-out'),
    act: toRecovery,
  },
  {
    name: 'recovery-360-light',
    width: 360,
    query: at('/welcome#x', '&theme=light&scene=signed-out'),
    act: async (page) => {
      await toRecovery(page);
      await page.locator(hook('recovery-check')).fill('9FTQ');
      await page.locator(hook('submit')).click();
    },
  },
  {
    name: 'later-1440-light',
    width: 1440,
    query: at('/welcome#x', '&theme=light&scene=signed-out'),
    act: async (page) => {
      await toRecovery(page);
      await page.locator(hook('recovery-later')).click();
    },
  },
  { name: 'settings-1440-light', width: 1440, query: at('/settings', '&theme=light&notice') },
  { name: 'settings-360-dark', width: 360, height: 1100, query: at('/settings', '&theme=dark') },
  { name: 'settings-900-rtl', width: 900, query: at('/settings', '&theme=light&dir=rtl') },
  {
    name: 'remove-1440-light',
    width: 1440,
    query: at('/settings', '&theme=light'),
    act: async (page) => {
      await page.locator(hook('remove')).click();
      await page.waitForTimeout(300);
    },
  },
  {
    name: 'older-1440-light',
    width: 1440,
    query: at(noor, '&theme=light'),
    act: async (page) => {
      await page.locator(hook('transcript')).evaluate((log) => (log.scrollTop = 0));
      await page.waitForTimeout(900);
    },
  },
  {
    name: 'composer-360-light',
    width: 360,
    query: at(noor, '&theme=light'),
    act: async (page) => {
      await page
        .locator(hook('composer'))
        .fill('One line\nand another\nand a third one that is long enough to wrap around\n4\n5\n6\n7\n8');
    },
  },
  { name: 'contrast-1440', width: 1440, query: at(noor, '&theme=light'), context: { contrast: 'more' } },
  { name: 'forced-1440', width: 1440, query: at(noor, '&scene=states'), context: { forcedColors: 'active' } },
  { name: 'notfound-1440', width: 1440, query: at('/nowhere', '&theme=light') },
];

async function toRecovery(page) {
  await page.locator(hook('username')).fill('mara');
  await page.locator(hook('password')).fill('a long password');
  await page.locator(hook('password-again')).fill('a long password');
  await page.locator(hook('submit')).click();
  await page.waitForTimeout(500);
}
