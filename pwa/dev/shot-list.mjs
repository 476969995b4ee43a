const noor = '/c/noorAAAAAAAAAAAAAAAAAA';
const kim = '/c/kimAAAAAAAAAAAAAAAAAAA';
const harbour = '/c/harbourAAAAAAAAAAAAAAA';
const at = (path, more = '') => `at=${encodeURIComponent(path)}${more}`;
const verifyNoor = `${noor}/verify/noorAAAAAAAAAAAAAAAAAA`;
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
  { name: 'device-removed-360-dark', width: 360, query: at('/', '&theme=dark&scene=device-removed') },
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
  { name: 'group-1440-light', width: 1440, query: at(harbour, '&theme=light') },
  { name: 'group-1440-dark', width: 1440, height: 1200, query: at(`${harbour}/details`, '&theme=dark') },
  { name: 'group-900-light', width: 900, query: at(harbour, '&theme=light') },
  { name: 'group-360-dark', width: 360, height: 1100, query: at(harbour, '&theme=dark') },
  { name: 'group-360-rtl', width: 360, height: 1100, query: at(harbour, '&theme=light&dir=rtl') },
  { name: 'group-1440-rtl', width: 1440, query: at(`${harbour}/details`, '&theme=light&dir=rtl') },
  { name: 'group-removed-1440-light', width: 1440, query: at(harbour, '&theme=light&scene=removed') },
  { name: 'group-removed-360-dark', width: 360, query: at(harbour, '&theme=dark&scene=removed') },
  { name: 'group-request-360-light', width: 360, query: at(harbour, '&theme=light&scene=group-request') },
  { name: 'group-request-1440-dark', width: 1440, query: at(harbour, '&theme=dark&scene=group-request') },
  {
    name: 'details-1440-light',
    width: 1440,
    query: at(`${harbour}/details`, '&theme=light'),
    act: openMember,
  },
  { name: 'details-900-light', width: 900, query: at(`${harbour}/details`, '&theme=light'), act: openMember },
  {
    name: 'details-360-dark',
    width: 360,
    height: 1300,
    query: at(`${harbour}/details`, '&theme=dark'),
    act: openMember,
  },
  {
    name: 'details-360-rtl',
    width: 360,
    height: 1300,
    query: at(`${harbour}/details`, '&theme=light&dir=rtl'),
    act: openMember,
  },
  {
    name: 'details-member-360-light',
    width: 360,
    query: at(`${harbour}/details`, '&theme=light&scene=member'),
  },
  {
    name: 'details-pending-360-light',
    width: 360,
    height: 1300,
    query: at(`${harbour}/details`, '&theme=light&scene=pending'),
  },
  {
    name: 'details-pending-1440-dark',
    width: 1440,
    query: at(`${harbour}/details`, '&theme=dark&scene=pending'),
  },
  { name: 'details-direct-1440-light', width: 1440, query: at(`${noor}/details`, '&theme=light') },
  { name: 'details-direct-360-dark', width: 360, query: at(`${noor}/details`, '&theme=dark&scene=held') },
  {
    name: 'remove-member-360-light',
    width: 360,
    query: at(`${harbour}/details`, '&theme=light'),
    act: askToRemove,
  },
  {
    name: 'leave-1440-light',
    width: 1440,
    query: at(`${harbour}/details`, '&theme=light'),
    act: (page) => press(page, 'leave-group'),
  },
  {
    name: 'rename-group-1440-dark',
    width: 1440,
    query: at(`${harbour}/details`, '&theme=dark'),
    act: (page) => press(page, 'rename-group'),
  },
  { name: 'new-group-1440-light', width: 1440, query: at('/new-group', '&theme=light'), act: fillGroup },
  {
    name: 'new-group-360-dark',
    width: 360,
    height: 1300,
    query: at('/new-group', '&theme=dark'),
    act: fillGroup,
  },
  {
    name: 'new-group-900-rtl',
    width: 900,
    query: at('/new-group', '&theme=light&dir=rtl'),
    act: (page) => press(page, 'submit'),
  },
  { name: 'add-people-360-light', width: 360, query: at(`${harbour}/add`, '&theme=light'), act: pickPerson },
  {
    name: 'add-people-1440-light',
    width: 1440,
    query: at(`${harbour}/add`, '&theme=light'),
    act: pickPerson,
  },
  { name: 'held-1440-light', width: 1440, query: at(noor, '&theme=light&scene=held') },
  { name: 'held-1440-dark', width: 1440, query: at(noor, '&theme=dark&scene=held') },
  { name: 'held-360-light', width: 360, query: at(noor, '&theme=light&scene=held') },
  { name: 'held-360-rtl', width: 360, query: at(noor, '&theme=dark&scene=held&dir=rtl') },
  { name: 'verify-1440-light', width: 1440, query: at(verifyNoor, '&theme=light&scene=unverified') },
  { name: 'verify-900-rtl', width: 900, query: at(verifyNoor, '&theme=light&scene=unverified&dir=rtl') },
  { name: 'verify-360-dark', width: 360, height: 1000, query: at(verifyNoor, '&theme=dark&scene=held') },
  { name: 'verify-done-360-light', width: 360, height: 1000, query: at(verifyNoor, '&theme=light') },
  { name: 'verify-done-1440-dark', width: 1440, query: at(verifyNoor, '&theme=dark') },
  {
    name: 'verify-differs-1440-light',
    width: 1440,
    query: at(verifyNoor, '&theme=light&scene=unverified'),
    act: (page) => press(page, 'no-match'),
  },
  {
    name: 'verify-scan-360-light',
    width: 360,
    height: 1000,
    query: at(verifyNoor, '&theme=light&scene=unverified'),
    act: (page) => press(page, 'scan'),
  },
  { name: 'devices-1440-light', width: 1440, query: at('/settings/devices', '&theme=light') },
  { name: 'devices-360-dark', width: 360, height: 1100, query: at('/settings/devices', '&theme=dark') },
  { name: 'devices-900-rtl', width: 900, query: at('/settings/devices', '&theme=light&dir=rtl') },
  {
    name: 'devices-remove-1440-dark',
    width: 1440,
    query: at('/settings/devices', '&theme=dark'),
    act: (page) => press(page, 'remove-device'),
  },
  {
    name: 'devices-remove-360-light',
    width: 360,
    query: at('/settings/devices', '&theme=light'),
    act: askToRemoveDevice,
  },
  {
    name: 'devices-rename-1440-light',
    width: 1440,
    query: at('/settings/devices', '&theme=light'),
    act: (page) => press(page, 'rename-device'),
  },
  { name: 'link-device-1440-light', width: 1440, query: at('/settings/link', '&theme=light') },
  { name: 'link-device-360-dark', width: 360, query: at('/settings/link', '&theme=dark'), act: readLink },
  { name: 'link-device-1440-found', width: 1440, query: at('/settings/link', '&theme=light'), act: readLink },
  {
    name: 'link-device-360-wrong',
    width: 360,
    query: at('/settings/link', '&theme=light'),
    act: (page) => paste(page, 'not a code'),
  },
  { name: 'link-1440-light', width: 1440, query: at('/link', '&theme=light&scene=signed-out') },
  { name: 'link-360-dark', width: 360, query: at('/link', '&theme=dark&scene=signed-out') },
  { name: 'link-failed-360-light', width: 360, query: at('/link', '&theme=light&scene=link-failed') },
  { name: 'password-1440-light', width: 1440, query: at('/settings/password', '&theme=light') },
  {
    name: 'password-360-dark',
    width: 360,
    query: at('/settings/password', '&theme=dark'),
    act: (page) => press(page, 'submit'),
  },
  { name: 'new-recovery-key-360-light', width: 360, query: at('/settings/recovery-key', '&theme=light') },
  { name: 'new-recovery-key-1440-dark', width: 1440, query: at('/settings/recovery-key', '&theme=dark') },
  { name: 'forgotten-1440-light', width: 1440, query: at('/forgotten', '&theme=light&scene=signed-out') },
  {
    name: 'forgotten-360-dark',
    width: 360,
    query: at('/forgotten', '&theme=dark&scene=signed-out'),
    act: askForReset,
  },
  { name: 'reset-360-light', width: 360, query: at('/reset#x', '&theme=light&scene=signed-out') },
  {
    name: 'reset-used-1440-light',
    width: 1440,
    query: at('/reset#x', '&theme=light&scene=reset-used'),
    act: completeReset,
  },
  {
    name: 'reset-done-360-dark',
    width: 360,
    query: at('/reset#x', '&theme=dark&scene=signed-out'),
    act: completeReset,
  },
  { name: 'locked-1440-light', width: 1440, query: at('/', '&theme=light&scene=locked'), act: lockedVault },
  { name: 'locked-360-dark', width: 360, query: at('/', '&theme=dark&scene=locked'), act: slipInKey },
  { name: 'locked-360-rtl', width: 360, query: at('/', '&theme=light&scene=locked&dir=rtl'), act: slipInKey },
  {
    name: 'over-360-light',
    width: 360,
    height: 900,
    query: at('/', '&theme=light&scene=locked'),
    act: startOver,
  },
  { name: 'over-1440-dark', width: 1440, query: at('/', '&theme=dark&scene=locked'), act: startOver },
  { name: 'history-360-light', width: 360, query: at('/', '&theme=light&scene=fetching') },
  { name: 'history-1440-dark', width: 1440, query: at('/', '&theme=dark&scene=fetching') },
  { name: 'stale-1440-light', width: 1440, query: at(noor, '&theme=light&scene=stale') },
  { name: 'link-anew-1440-light', width: 1440, query: at('/settings/link-anew', '&theme=light&scene=stale') },
  { name: 'link-anew-360-dark', width: 360, query: at('/settings/link-anew', '&theme=dark&scene=stale') },
  { name: 'stale-360-dark', width: 360, query: at('/', '&theme=dark&scene=stale') },
  { name: 'notfound-1440', width: 1440, query: at('/nowhere', '&theme=light') },
];

async function toRecovery(page) {
  await page.locator(hook('username')).fill('mara');
  await page.locator(hook('password')).fill('a long password');
  await page.locator(hook('password-again')).fill('a long password');
  await page.locator(hook('submit')).click();
  await page.waitForTimeout(500);
}

async function press(page, name) {
  await page.locator(hook(name)).first().click();
  await page.waitForTimeout(300);
}

async function openMember(page) {
  await page.locator('[data-username=teo] [data-test=member-more]').click();
}

async function askToRemove(page) {
  await openMember(page);
  await page.locator('[data-username=teo] [data-test=remove-member]').click();
  await page.waitForTimeout(300);
}

async function pickPerson(page) {
  await page.locator('[data-test=person][data-username=dina] input').check();
}

async function fillGroup(page) {
  await page.locator(hook('group-name')).fill('Boat shed');
  await pickPerson(page);
  await page.locator(hook('username')).fill('nobody-here');
  await press(page, 'add-person');
}

async function askToRemoveDevice(page) {
  await press(page, 'remove-device');
  await press(page, 'confirm');
}

async function paste(page, text) {
  await page.locator(hook('code')).fill(text);
  await press(page, 'use-code');
}

async function readLink(page) {
  await paste(page, await page.evaluate(() => window.gallery.linkCode));
}

async function askForReset(page) {
  await page.locator(hook('email')).fill('mara@example.org');
  await press(page, 'submit');
}

async function completeReset(page) {
  await page.locator(hook('password')).fill('a long password');
  await page.locator(hook('password-again')).fill('a long password');
  await press(page, 'submit');
}

async function lockedVault(page) {
  await page.locator(hook('login')).fill('mara');
  await page.locator(hook('password')).fill('a long password');
  await press(page, 'submit');
  await page.locator(hook('locked-vault')).waitFor();
}

async function slipInKey(page) {
  await lockedVault(page);
  await page.locator(hook('recovery-key')).fill('k7qd 2mxa 9ftr wj4h');
  await press(page, 'submit');
}

async function startOver(page) {
  await lockedVault(page);
  await press(page, 'no-key');
  await page.locator(hook('understood')).check();
}
