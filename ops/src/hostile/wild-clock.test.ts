import { isMessage } from '../people/person.js';
import { attackTest } from './testing/attack.js';

const YEARS_MS = 10 * 365 * 86_400_000;

/** A member whose clock is years ahead: what others say after it would be dated years ahead, too, and stand below it for ever. */
attackTest(import.meta.url, {
  threat: 'T30',
  title: 'a clock that is years ahead drags nobody along',
  checks: [
    {
      what: 'how far another clock is followed',
      file: 'packages/client/dist/conversation/clock.js',
      find: 'const seen = remote.wall > bound ? { wall: bound, counter: 0 } : remote;',
      replace: 'const seen = remote;',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const mara = await world.person('mara');
    const noor = await world.person('noor', { now: () => Date.now() + YEARS_MS });
    await noor.engine.calls.send({ conversation, text: 'from far ahead' });
    await mara.untilTimeline(conversation, ({ items }) =>
      items.some((item) => isMessage(item) && item.text === 'from far ahead'),
    );
    await mara.engine.calls.send({ conversation, text: 'now' });
    const { items } = await mara.untilTimeline(conversation, (timeline) =>
      timeline.items.some((item) => isMessage(item) && item.text === 'now'),
    );
    const said = items.filter(isMessage).find(({ text }) => text === 'now')!;
    await world.harmless(() => said.at < Date.now() + YEARS_MS / 2, 'everybody lives in years to come');
  },
});
