import { attackTest } from './testing/attack.js';
import { linkOwnDevice } from './testing/own-device.js';
import { listState, shown } from './testing/shown.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that keeps somebody's newer device list back: a removed device would stay on it for ever. */
attackTest(import.meta.url, {
  threat: 'T10',
  title: 'a list that stays older than what its owner’s messages name is said to be withheld',
  checks: [
    {
      what: 'that what messages name is compared with what the server shows',
      file: 'packages/client/dist/engine/device/claim-watch.js',
      find: 'if (await this.#isShown(name))\n            return;\n        await doubts.raise',
      replace: 'return;\n        await doubts.raise',
    },
  ],
  async attempt(world) {
    let old: unknown;
    let withheld = 0;
    let ahead = 0;
    const { conversation } = world;
    const mara = await world.person('mara', {
      now: () => Date.now() + ahead,
      fetch: tamperingFetch({
        change: (_, answer) => {
          if (answer.username !== 'noor' || typeof answer.deviceList !== 'string') return undefined;
          old ??= answer.deviceList;
          if (old !== answer.deviceList) withheld += 1;
          return { ...answer, deviceList: old };
        },
      }),
    });
    const noor = await world.person('noor');
    await mara.engine.calls.send({ conversation, text: 'looks her up' });
    await world.served(() => old !== undefined);
    await linkOwnDevice(world, 'noor');
    await world.served(() => withheld > 0);
    await noor.reload();
    await noor.engine.calls.send({ conversation, text: 'I have two devices now' });
    await mara.untilTimeline(conversation, ({ items }) => items.length === 4);
    await world.noticed(
      async () => (await shown(mara, conversation)).includes('noor: I have two devices now'),
      'her message was not shown',
    );
    await world.noticed(async () => {
      ahead += 61_000;
      return (await listState(mara, conversation)) === 'withheld';
    }, 'nobody noticed');
  },
});
