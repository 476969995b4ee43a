import type { ConversationSummary, DeliveryMark, Person, TimelineItem } from '@sotto/client';
import type { AccountId, ConversationId, EventId } from '@sotto/protocol';
import type { DemoTimeline, Scene } from './demo-engine.js';

/** The gallery's present: a Thursday, 11:05 in the local time of whoever looks. */
export const NOON = new Date(2026, 4, 7, 11, 5).getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const me: Person = { account: 'me' as AccountId, username: 'mara' };
const person = (username: string): Person => ({ account: `${username}-account` as AccountId, username });
/** Ids as the wire has them: 22 characters of base64url. */
export const id = (name: string): ConversationId =>
  `${name}AAAAAAAAAAAAAAAAAAAAAA`.slice(0, 21).concat('A') as ConversationId;

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
  return {
    id: id(name),
    peer: person(name),
    standing: 'accepted',
    last: last === null ? null : { text: last, mine: mine !== undefined, at, mark: mine ?? null },
    unread: 0,
    draft: '',
    at,
    ...rest,
  };
}

const noor = person('noor');

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
    { kind: 'before-this-device', id: 'before' },
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
    summary('harbour.workshop', NOON - 24 * MINUTE, 'I can bring the long ladder', { unread: 3 }),
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
    summary('allotment-14', NOON - 4 * DAY, 'Water is back on', { mine: 'sent' }),
    summary('yuki', NOON - 60 * DAY, 'No hurry at all'),
    summary('pavel', NOON - 400 * DAY, 'Happy new year', { standing: 'blocked' }),
  ];
  for (const one of conversations) {
    const first = one.last
      ? [said(one.last.mine ? me : one.peer, one.last.at, one.last.text, one.last.mark)]
      : [];
    timelines.set(one.id, { items: first, older: [], unreadFrom: null });
  }
  timelines.set(id('noor'), talk());
  return {
    session: {
      state: 'signed-in',
      account: me.account,
      username: 'mara',
      email: 'mara@example.org',
      lacksHistory: false,
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
  starting: (scene) => {
    scene.session = { state: 'starting' };
  },
  'signed-out': (scene) => {
    scene.session = { state: 'signed-out', ended: false, known: null };
  },
  ended: (scene) => {
    scene.session = { state: 'signed-out', ended: true, known: { username: 'mara' } };
    scene.failures.signIn = 'auth/credentials-wrong';
  },
  used: (scene) => forbidden(scene, 'auth/link-used'),
  expired: (scene) => forbidden(scene, 'auth/link-expired'),
  unknown: (scene) => forbidden(scene, 'auth/link-unknown'),
};

function forbidden(scene: Scene, code: 'auth/link-used' | 'auth/link-expired' | 'auth/link-unknown'): void {
  scene.session = { state: 'signed-out', ended: false, known: null };
  scene.failures.checkLink = code;
}

/** A fresh copy of a named scene. */
export function scenario(name: string): Scene {
  const scene = base();
  SCENES[name]?.(scene);
  return scene;
}
