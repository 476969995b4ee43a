import type {
  ConversationDetails,
  ConversationSummary,
  DeliveryMark,
  MemberDetails,
  Person,
  ReadingDevice,
  TimelineItem,
  ToldChange,
} from '@sotto/client';
import type { AccountId, ConversationId, DeviceId, ErrorCode, EventId } from '@sotto/protocol';
import type { DemoTimeline, Scene } from './demo-engine.js';

/** The gallery's present: a Thursday, 11:05 in the local time of whoever looks. */
export const NOON = new Date(2026, 4, 7, 11, 5).getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Ids as the wire has them: 22 characters of base64url. */
export const id = (name: string): ConversationId =>
  `${name}AAAAAAAAAAAAAAAAAAAAAA`.slice(0, 21).concat('A') as ConversationId;
const person = (username: string): Person => ({ account: id(username) as string as AccountId, username });
const me = person('mara');

let count = 0;
function said(author: Person, at: number, text: string, mark: DeliveryMark | null = null): TimelineItem {
  const mine = author === me;
  const error = mark === 'failed' ? 'sync/too-large' : null;
  return {
    kind: 'message',
    id: `e${count++}` as EventId,
    author,
    mine,
    at,
    text,
    mark: mine ? (mark ?? 'read') : null,
    error,
  };
}

function summary(
  name: string,
  at: number,
  last: string | null,
  more: Partial<ConversationSummary> & { mine?: DeliveryMark } = {},
): ConversationSummary {
  const { mine, ...rest } = more;
  const author = mine ? me : person(name);
  return {
    id: id(name),
    kind: 'direct',
    name,
    peer: person(name),
    standing: 'accepted',
    member: true,
    last: last === null ? null : { text: last, mine: mine !== undefined, author, at, mark: mine ?? null },
    unread: 0,
    draft: '',
    at,
    ...rest,
  };
}

function group(
  of: string,
  name: string,
  at: number,
  author: string,
  text: string,
  more: Partial<ConversationSummary> = {},
): ConversationSummary {
  const mine = author === 'mara';
  return {
    ...summary(of, at, text),
    kind: 'group',
    name,
    peer: null,
    last: { text, mine, author: mine ? me : person(author), at, mark: mine ? 'sent' : null },
    ...more,
  };
}

const noor = person('noor');
const teo = person('teo');
const ilse = person('ilse');
const samir = person('samir');

function change(by: Person | null, at: number, told: ToldChange): TimelineItem {
  return { kind: 'change', id: `c${count++}`, at, by, change: told };
}

function device(name: string, ago: number, more: Partial<ReadingDevice> = {}): ReadingDevice {
  return {
    id: `d${count++}` as DeviceId,
    name,
    kind: 'device',
    added: NOON - ago,
    isNew: false,
    ...more,
  };
}

function member(
  who: Person,
  devices: readonly ReadingDevice[],
  more: Partial<MemberDetails> = {},
): MemberDetails {
  return {
    person: who,
    role: 'member',
    identity: 'unverified',
    changedAt: null,
    list: 'current',
    devices,
    ...more,
  };
}

const maraDevices = () => [device('Firefox on Linux', 115 * DAY), device('Chrome on Android', 93 * DAY)];

function direct(other: Person, more: Partial<MemberDetails> = {}): ConversationDetails {
  return {
    conversation: id(other.username),
    kind: 'direct',
    name: other.username,
    sharesPast: false,
    members: [
      member(me, maraDevices()),
      member(other, [device('Safari on iPhone', 88 * DAY), device('Chrome on Windows', 80 * DAY)], more),
    ],
    role: 'member',
    waitingForKeys: 0,
    overdueKeys: 0,
    pending: [],
    forked: false,
  };
}

function harbourDetails(): ConversationDetails {
  return {
    conversation: id('harbour'),
    kind: 'group',
    name: 'Harbour workshop',
    sharesPast: false,
    members: [
      member(me, maraDevices(), { role: 'admin' }),
      member(ilse, [device('Safari on iPad', 40 * DAY)], { identity: 'verified' }),
      member(noor, [device('Safari on iPhone', 88 * DAY), device('Chrome on Windows', 80 * DAY)], {
        identity: 'verified',
      }),
      member(samir, [
        device('Chrome on Android', 12 * DAY),
        device('Firefox on Mac', 30 * MINUTE, { isNew: true }),
      ]),
      member(
        teo,
        [device('Sotto command', 60 * DAY), device('Agent', 45 * MINUTE, { kind: 'agent', isNew: true })],
        { role: 'admin', identity: 'verified' },
      ),
    ],
    role: 'admin',
    waitingForKeys: 0,
    overdueKeys: 0,
    pending: [],
    forked: false,
  };
}

function harbour(): DemoTimeline {
  const start = NOON - 3 * DAY;
  const fresh = said(ilse, NOON - 24 * MINUTE - 20_000, 'You had it in March, for the shelves.');
  const items: TimelineItem[] = [
    change(me, start, { type: 'created', name: 'Harbour workshop' }),
    change(me, start + MINUTE, { type: 'added', people: [teo, ilse, samir] }),
    change(me, start + 2 * MINUTE, { type: 'role', person: teo, role: 'admin' }),
    said(
      teo,
      start + HOUR,
      'Opening times for the sign, so nobody types them twice: `8 to 12` and `14 to 18`',
    ),
    said(teo, start + HOUR + MINUTE, 'And in winter only by appointment.'),
    said(me, start + HOUR + 3 * MINUTE, 'Painted. It dries until Thursday, please don’t lean on it.'),
    change(teo, NOON - 4 * HOUR, { type: 'added', people: [noor] }),
    said(noor, NOON - 3 * HOUR, 'Thank you for having me. Where do I put the varnish?'),
    said(samir, NOON - 3 * HOUR + 40_000, 'شكرًا، على الرف الثاني'),
    said(me, NOON - 2 * HOUR, 'Second shelf, behind the paint.', 'delivered'),
    said(me, NOON - 2 * HOUR + MINUTE, '👍', 'delivered'),
    change(samir, NOON - 30 * MINUTE, { type: 'device-added', device: 'Firefox on Mac' }),
    { kind: 'waiting', id: 'waiting-harbour', author: samir, at: NOON - 28 * MINUTE },
    fresh,
    said(
      ilse,
      NOON - 24 * MINUTE,
      'I can bring the long ladder on Saturday, if someone with a car picks it up. It does not fit on the tram, I have tried.',
    ),
    said(teo, NOON - 24 * MINUTE + 30_000, 'The workshop is open on Saturday from 10 to 16.'),
  ];
  return { items, older: [], unreadFrom: fresh.id as EventId };
}

function talk(): DemoTimeline {
  const yesterday = NOON - DAY;
  const older: TimelineItem[] = [];
  for (let turn = 0; turn < 240; turn++) {
    const at = NOON - 9 * DAY + turn * 40 * MINUTE;
    older.push(
      said(
        turn % 3 === 0 ? me : noor,
        at,
        `Older message ${turn}. ${'And some more words about it. '.repeat(turn % 4)}`,
      ),
    );
  }
  const fresh = said(noor, NOON - 21 * MINUTE, 'صباح الخير! هل نلتقي عند الميناء بعد العمل؟');
  const items: TimelineItem[] = [
    said(
      noor,
      yesterday + 7 * HOUR,
      'Two new pages for the harbour plan. Tell me if page four makes sense to anyone but me.',
    ),
    said(me, yesterday + 7 * HOUR + 32 * MINUTE, 'Page four is the best one.'),
    said(noor, NOON - 37 * MINUTE, 'The light from the workshop this morning.'),
    said(
      noor,
      NOON - 36 * MINUTE,
      'I put the plan here: https://example.org/harbour-plan/(revised)?page=4, and the hinge script needs `npm run hinges` first.',
    ),
    said(me, NOON - 35 * MINUTE, '🌊👌'),
    said(
      noor,
      NOON - 34 * MINUTE,
      'Did the ferry times change again? The site says 08:40, but the board at the pier says 09:10.',
    ),
    said(
      me,
      NOON - 25 * MINUTE,
      '09:10 is right, I asked at the desk. The site is still on the winter table.',
      'delivered',
    ),
    said(me, NOON - 24 * MINUTE, "I'm on a train until 14:00 and will answer properly then.", 'delivered'),
    fresh,
    said(noor, NOON - 21 * MINUTE + 9_000, 'Meet at 15:30 CET, then the early ferry.'),
    said(me, NOON - 13 * MINUTE, 'Perfect. I’ll bring the keys and the long rope.', 'queued'),
  ];
  return { items, older, unreadFrom: fresh.id as EventId };
}

function states(): DemoTimeline {
  const at = NOON - 3 * HOUR;
  const items: TimelineItem[] = [
    { kind: 'unreadable', id: 'before', count: 12 },
    said(
      noor,
      at,
      'Look at this:\n```js\nfor (const hinge of hinges) {\n  if (hinge.loose) tighten(hinge, { turns: 3, oil: true, note: "not more than three turns" });\n}\n```\nand tell me what you think.',
    ),
    said(me, at + MINUTE, '```\nconst rope = 12.5;\n```', 'read'),
    said(me, at + 2 * MINUTE, 'One sent,', 'sent'),
    said(me, at + 3 * MINUTE, 'one still waiting', 'queued'),
    said(me, at + 4 * MINUTE, 'and one that failed.', 'failed'),
    { kind: 'waiting', id: 'waiting', author: noor, at: at + 10 * MINUTE },
    said(
      noor,
      at + 11 * MINUTE,
      'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2),
    ),
    said(noor, at + 12 * MINUTE, '🏔️'),
    said(
      me,
      at + 60 * MINUTE,
      `https://example.org/${'a-very-long-path-that-never-ends/'.repeat(6)}`,
      'delivered',
    ),
    said(me, at + 61 * MINUTE, 'שלום לך, נתראה מחר בבוקר ליד המעבורת.', 'delivered'),
  ];
  return { items, older: [], unreadFrom: null };
}

function base(): Scene {
  count = 0;
  const timelines = new Map<ConversationId, DemoTimeline>();
  const conversations = [
    summary('noor', NOON - 13 * MINUTE, 'Meet at 15:30 CET, then the early ferry.', { unread: 2 }),
    group('harbour', 'Harbour workshop', NOON - 24 * MINUTE, 'ilse', 'I can bring the long ladder', {
      unread: 3,
    }),
    summary('teo', NOON - 67 * MINUTE, 'That was it. Thank you', { mine: 'read' }),
    summary('kim', NOON - 2 * HOUR, 'Hello, are you the one with the boat?', {
      standing: 'request',
      unread: 1,
    }),
    summary('ilse', NOON - 2 * DAY, 'See you then', {
      draft: 'About Sunday, I think we should wait for the weather',
    }),
    summary('anselm', NOON - 2 * DAY - HOUR, 'Sending the plan as a file', { mine: 'queued' }),
    summary('samir', NOON - 3 * DAY, 'شكرًا جزيلًا، إلى اللقاء', { mine: 'delivered' }),
    summary('dina', NOON - 3 * DAY - HOUR, 'This one did not make it', { mine: 'failed' }),
    group('allotment', 'Allotment 14', NOON - 4 * DAY, 'mara', 'Water is back on'),
    summary('yuki', NOON - 60 * DAY, 'No hurry at all'),
    summary('pavel', NOON - 400 * DAY, 'Happy new year', { standing: 'blocked' }),
  ];
  for (const one of conversations) {
    const first = one.last
      ? [said(one.last.mine ? me : one.last.author, one.last.at, one.last.text, one.last.mark)]
      : [];
    timelines.set(one.id, { items: first, older: [], unreadFrom: null });
  }
  timelines.set(id('noor'), talk());
  timelines.set(id('harbour'), harbour());
  const details = new Map<ConversationId, ConversationDetails>(
    ['noor', 'teo', 'ilse', 'samir', 'anselm', 'dina'].map((name) => [id(name), direct(person(name))]),
  );
  details.set(id('noor'), direct(noor, { identity: 'verified' }));
  details.set(id('harbour'), harbourDetails());
  details.set(id('allotment'), { ...harbourDetails(), conversation: id('allotment'), name: 'Allotment 14' });
  return {
    me: me.account,
    now: NOON,
    details,
    held: null,
    devices: {
      devices: [
        {
          id: 'd-desk' as DeviceId,
          name: 'Firefox on Linux',
          kind: 'device',
          added: NOON - 115 * DAY,
          current: true,
        },
        {
          id: 'd-pocket' as DeviceId,
          name: 'Chrome on Android',
          kind: 'device',
          added: NOON - 93 * DAY,
          current: false,
        },
        {
          id: 'd-shed' as DeviceId,
          name: 'Sotto command',
          kind: 'device',
          added: NOON - 48 * DAY,
          current: false,
        },
        { id: 'd-agent' as DeviceId, name: 'Agent', kind: 'agent', added: NOON - 5 * DAY, current: false },
      ],
    },
    link: { state: 'none' },
    history: { state: 'complete', done: 0, total: 0 },
    session: {
      state: 'signed-in',
      account: me.account,
      username: 'mara',
      email: 'mara@example.org',
      overtaken: false,
    },
    connection: { state: 'online', since: NOON - HOUR, queued: 0, error: null },
    conversations,
    timelines,
    failures: {},
  };
}

const SCENES: Record<string, (scene: Scene) => void> = {
  chat: () => undefined,
  offline: (scene) => {
    scene.connection = { state: 'offline', since: NOON - 10_000, queued: 1, error: null };
  },
  states: (scene) => scene.timelines.set(id('noor'), states()),
  empty: (scene) => {
    scene.conversations = [];
  },
  first: (scene) => {
    scene.timelines.set(id('noor'), { items: [], older: [], unreadFrom: null });
    scene.conversations[0] = summary('noor', NOON, null, { standing: 'invited' });
  },
  invited: (scene) => {
    scene.timelines.set(id('noor'), {
      items: [said(me, NOON - MINUTE, 'Hello noor, it is Mara from the harbour.', 'sent')],
      older: [],
      unreadFrom: null,
    });
    scene.conversations[0] = summary('noor', NOON, 'Hello noor, it is Mara from the harbour.', {
      standing: 'invited',
      mine: 'sent',
    });
  },
  held: (scene) => {
    scene.held = { person: noor, since: NOON - 7 * MINUTE };
    scene.details.set(id('noor'), direct(noor, { identity: 'changed', changedAt: NOON - 7 * MINUTE }));
    const talking = scene.timelines.get(id('noor'))!;
    const changed = change(noor, NOON - 7 * MINUTE, { type: 'identity-changed' });
    scene.timelines.set(id('noor'), { ...talking, items: [...talking.items, changed] });
  },
  unverified: (scene) => {
    scene.details.set(id('noor'), direct(noor));
  },
  member: (scene) => {
    const { members, ...rest } = harbourDetails();
    scene.details.set(id('harbour'), {
      ...rest,
      role: 'member',
      members: members.map((one) => (one.person === me ? { ...one, role: 'member' } : one)),
    });
  },
  removed: (scene) => {
    const harbourTalk = scene.timelines.get(id('harbour'))!;
    const gone = change(teo, NOON - MINUTE, { type: 'removed', people: [me] });
    scene.timelines.set(id('harbour'), { ...harbourTalk, items: [...harbourTalk.items, gone] });
    scene.details.set(id('harbour'), { ...harbourDetails(), role: null });
    scene.conversations = scene.conversations.map((one) =>
      one.id === id('harbour') ? { ...one, member: false } : one,
    );
  },
  'group-request': (scene) => {
    scene.conversations = scene.conversations.map((one) =>
      one.id === id('harbour') ? { ...one, standing: 'request', peer: teo } : one,
    );
  },
  pending: (scene) => {
    const { members, ...rest } = harbourDetails();
    scene.details.set(id('harbour'), {
      ...rest,
      members: members.map((one) =>
        one.person === ilse
          ? { ...one, list: 'withheld' }
          : one.person === samir
            ? { ...one, list: 'forged' }
            : one,
      ),
      forked: true,
      waitingForKeys: 2,
      overdueKeys: 2,
      pending: [
        { id: 'p1', change: { type: 'add', people: [person('anselm'), person('dina')] }, refused: null },
        { id: 'p2', change: { type: 'rename', name: 'Boat shed' }, refused: 'auth/forbidden' },
      ],
    });
  },
  stale: (scene) => {
    scene.connection = {
      state: 'offline',
      since: NOON - 10_000,
      queued: 1,
      error: 'sync/lease-stale' as ErrorCode,
    };
  },
  fetching: (scene) => {
    scene.history = { state: 'fetching', done: 12, total: 100 };
  },
  locked: (scene) => {
    scene.session = { state: 'signed-out', ended: false, removed: false, evicted: false, known: null };
    scene.failures.signIn = 'client/vault-locked';
  },
  'link-failed': (scene) => {
    scene.session = { state: 'signed-out', ended: false, removed: false, evicted: false, known: null };
    scene.failures.beginLink = 'service/unavailable';
  },
  'device-removed': (scene) => {
    scene.session = {
      state: 'signed-out',
      ended: true,
      removed: true,
      evicted: false,
      known: { username: 'mara' },
    };
  },
  'reset-used': (scene) => {
    scene.session = { state: 'signed-out', ended: false, removed: false, evicted: false, known: null };
    scene.failures.completeReset = 'auth/link-used';
  },
  starting: (scene) => {
    scene.session = { state: 'starting' };
  },
  'signed-out': (scene) => {
    scene.session = { state: 'signed-out', ended: false, removed: false, evicted: false, known: null };
  },
  ended: (scene) => {
    scene.session = {
      state: 'signed-out',
      ended: true,
      removed: false,
      evicted: false,
      known: { username: 'mara' },
    };
    scene.failures.signIn = 'auth/credentials-wrong';
  },
  used: (scene) => forbidden(scene, 'auth/link-used'),
  expired: (scene) => forbidden(scene, 'auth/link-expired'),
  unknown: (scene) => forbidden(scene, 'auth/link-unknown'),
};

function forbidden(scene: Scene, code: 'auth/link-used' | 'auth/link-expired' | 'auth/link-unknown'): void {
  scene.session = { state: 'signed-out', ended: false, removed: false, evicted: false, known: null };
  scene.failures.checkLink = code;
}

/** A fresh copy of a named scene. */
export function scenario(name: string): Scene {
  const scene = base();
  SCENES[name]?.(scene);
  return scene;
}
