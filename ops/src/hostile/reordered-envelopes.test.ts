import { attackTest } from './testing/attack.js';
import { shown } from './testing/shown.js';
import { type ServedEnvelope, tamperingLog } from './testing/tampering-log.js';

/** A server that swaps the places of two envelopes, so that somebody seems to have said things the other way round. */
attackTest(import.meta.url, {
  threat: 'T8',
  title: 'what somebody said is never shown in another order',
  checks: [
    {
      what: 'the binding of an envelope to its place',
      file: 'packages/client/dist/conversation/envelope.js',
      find: 'if (binding[field] !== place[field])',
      replace: 'if (false)',
    },
    {
      what: 'that sealed clocks give the order',
      file: 'packages/client/dist/conversation/timeline-entry.js',
      find: '(compare(a.event.clock, b.event.clock, a.device, b.device) ||\n        compareSpelling(a.event.id',
      replace: '(a.position.clock - b.position.clock ||\n        compareSpelling(a.event.id',
    },
  ],
  async attempt(world) {
    let swap = false;
    let swapped = 0;
    let first: ServedEnvelope | undefined;
    const noor = await world.person('noor', {
      openSocket: tamperingLog((served) => {
        if (!swap || !served.document.startsWith('m.')) return [served];
        if (!first) {
          first = served;
          return [];
        }
        if (served.clock <= first.clock) return [];
        swapped += 1;
        return [
          { ...served, clock: first.clock, root: first.root },
          { ...first, clock: served.clock, root: served.root },
        ];
      }),
    });
    const mara = await world.person('mara');
    const { conversation } = world;
    swap = true;
    await mara.engine.calls.send({ conversation, text: 'first' });
    await world.served(() => first !== undefined);
    await mara.engine.calls.send({ conversation, text: 'second' });
    await world.served(() => swapped > 0);
    await world.harmless(async () => {
      const texts = await shown(noor, conversation);
      const [one, two] = ['mara: first', 'mara: second'].map((text) => texts.indexOf(text));
      return one! < 0 || two! < 0 || one! < two!;
    }, 'shown the other way round');
  },
});
