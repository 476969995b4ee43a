import { tamperingSockets } from '../engine/testing/tampering-socket.js';
import { attackTest } from './testing/attack.js';
import { foundGroup } from './testing/group.js';

/** The state, and what members who give a key say of it. */
const KEPT_BACK = /^[si]\./;

/** A server that keeps from one member what the others were told of their group. */
attackTest(import.meta.url, {
  threat: 'T17',
  title: 'a group whose members are shown different histories is said to be forked',
  checks: [
    {
      what: 'that what messages name is compared with what the server shows',
      file: 'packages/client/dist/engine/device/claim-watch.js',
      find: 'if (await this.#isShown(name))\n            return;\n        await doubts.raise',
      replace: 'return;\n        await doubts.raise',
    },
  ],
  async attempt(world) {
    let [ahead, looked] = [0, 0];
    let fork = false;
    let withheld = 0;
    const heads = new Map<string, number>();
    const noor = await world.person('noor', {
      now: () => Date.now() + ahead,
      openSocket: tamperingSockets({
        incoming(frame) {
          if (frame.type === 'head' && frame.log.startsWith('s.')) {
            const count = fork ? (heads.get(frame.log) ?? frame.count) : frame.count;
            heads.set(frame.log, count);
            return [{ ...frame, count }];
          }
          if (!fork || frame.type !== 'sync' || !KEPT_BACK.test(frame.document)) return [frame];
          if (frame.document.startsWith('s.')) withheld += 1;
          return [];
        },
      }),
    });
    const [mara, teo] = [await world.person('mara'), await world.person('teo')];
    const group = await foundGroup(mara, noor, teo);
    // Before it is forked noor has the key that comes with the first message.
    await mara.engine.calls.send({ conversation: group, text: 'as we were' });
    await noor.untilTimeline(group, ({ items }) =>
      items.some((item) => item.kind === 'message' && item.text === 'as we were'),
    );
    await noor.reload();
    await noor.untilOnline();
    fork = true;
    await mara.engine.calls.renameGroup({ conversation: group, name: 'Climbers' });
    await teo.untilDetails(group, ({ name }) => name === 'Climbers');
    await world.served(() => withheld > 0);
    await mara.engine.calls.send({ conversation: group, text: 'under the new name' });
    await noor.untilTimeline(group, ({ items }) =>
      items.some((item) => item.kind === 'message' && item.text === 'under the new name'),
    );
    await world.noticed(async () => {
      looked += 1;
      // A minute goes by now and then, so that what it brings about can happen.
      if (looked % 20 === 0) ahead += 61_000;
      return (await noor.untilDetails(group, () => true)).forked;
    }, 'nobody noticed');
  },
});
