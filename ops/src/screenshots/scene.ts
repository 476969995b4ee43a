import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import type { Sotto } from '../process/start-sotto.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What each friend of Mara's said, and how long ago. */
const LINES: readonly (readonly [username: string, ago: number, text: string])[] = [
  ['yuki', 6 * DAY, 'No hurry at all'],
  ['dina', 4 * DAY, 'The varnish wants two more days, then she can go back into the water.'],
  ['samir', 3 * DAY, 'شكرًا جزيلًا، إلى اللقاء'],
  ['anselm', DAY, 'Sending the plan as soon as the scanner is free again'],
  ['ilse', DAY - 40 * MINUTE, 'I can bring the long ladder on Saturday, if someone with a car picks it up.'],
  ['teo', 95 * MINUTE, 'Opening times for the sign, so nobody types them twice: 8 to 12 and 14 to 18'],
  [
    'noor',
    21 * MINUTE,
    'Did the ferry times change again? The site says 08:40, but the board at the pier says 09:10.',
  ],
];

const DEVICES = ['Safari on iPhone', 'Firefox on Linux', 'Chrome on Android', 'Chrome on Windows'];

/** A friend at a device of their own, and a way to let them say more. */
export interface Friend {
  readonly person: Person;
  readonly say: (text: string) => Promise<unknown>;
  /** Lets their clock run so long behind from now on, in milliseconds. */
  behind(milliseconds: number): void;
}

/** Friends of Mara's who have written to her. */
export interface Scene {
  readonly friends: ReadonlyMap<string, Friend>;
  remove(): Promise<void>;
}

/** Signs the friends up and lets them write to somebody who has signed up. */
export async function setScene(sotto: Sotto, to: string): Promise<Scene> {
  const friends = new Map<string, Friend>();
  for (const [nth, [username, ago, text]] of LINES.entries()) {
    let late = ago;
    const deviceName = DEVICES[nth % DEVICES.length]!;
    const person = await newFriend(sotto, username, { now: () => Date.now() - late, deviceName });
    const { conversation, say } = await writeTo(person, to, text);
    await person.untilTimeline(conversation, ({ items }) =>
      items.every((item) => item.kind !== 'message' || item.mark !== 'queued'),
    );
    const behind = (milliseconds: number) => {
      late = milliseconds;
    };
    friends.set(username, { person, say, behind });
  }
  return {
    friends,
    async remove() {
      for (const { person } of friends.values()) await person.remove();
    },
  };
}
