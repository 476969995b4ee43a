import { attackTest } from './testing/attack.js';
import { shown } from './testing/shown.js';
import { tamperingLog } from './testing/tampering-log.js';

/** A server that leaves out what somebody said, and hands out what they said next as if nothing were missing. */
attackTest(import.meta.url, {
  threat: 'T16',
  title: 'where a server leaves out what somebody said, that it is missing shows; never for what is late',
  checks: [
    {
      what: 'that the sequence of a feed has no holes',
      file: 'packages/client/dist/engine/room/feed-sequences.js',
      find: 'const gaps = here.gaps()',
      replace: 'const gaps = []',
    },
  ],
  async attempt(world) {
    let ahead = 0;
    let leaveOut = false;
    let left = 0;
    const { conversation } = world;
    const noor = await world.person('noor', {
      now: () => Date.now() + ahead,
      openSocket: tamperingLog((served) => {
        if (!leaveOut || !served.document.startsWith('m.')) return [served];
        left += 1;
        // In its place stands something else, so that the feed goes on.
        return [{ ...served, envelope: served.envelope.map((byte, at) => (at > 90 ? byte ^ 1 : byte)) }];
      }),
    });
    const mara = await world.person('mara');
    leaveOut = true;
    await mara.engine.calls.send({ conversation, text: 'left out' });
    await world.served(() => left > 0);
    leaveOut = false;
    await mara.engine.calls.send({ conversation, text: 'what came next' });
    await world.noticed(
      async () => (await shown(noor, conversation)).includes('mara: what came next'),
      'nothing comes any more',
    );
    const kinds = async () =>
      (await noor.untilTimeline(conversation, () => true)).items.map((item) =>
        item.kind === 'message' ? item.text : item.kind,
      );
    // It may only be late.
    if ((await kinds()).includes('missing')) throw new Error('said to be missing at once');
    await world.noticed(async () => {
      ahead += 61_000;
      return (await kinds()).slice(-2).join() === 'missing,what came next';
    }, 'nobody noticed');
    // An honest server hands out what it was given.
    await noor.reload();
    await world.noticed(
      async () => (await kinds()).slice(-2).join() === 'left out,what came next',
      'what was left out did not come',
    );
  },
});
