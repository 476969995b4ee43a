import { toBase64url } from '@sotto/protocol';
import { accountOf } from '../people/account.js';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { signedListOf } from './testing/inbox.js';
import { linkOwnDevice } from './testing/own-device.js';
import { listState } from './testing/shown.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that shows a new device, which has pinned nothing yet, a contact's list from before a device of theirs was removed. */
attackTest(import.meta.url, {
  threat: 'T10',
  title: 'an old list that a new device is shown is said to be withheld: what was said names a newer one',
  checks: [
    {
      what: 'that what messages name is compared with what the server shows',
      file: 'packages/client/dist/engine/device/claim-watch.js',
      find: 'if (await this.#isShown(name))\n            return;\n        await doubts.raise',
      replace: 'return;\n        await doubts.raise',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const [mara, noor] = [await world.person('mara'), await world.person('noor')];
    const phone = await linkOwnDevice(world, 'noor');
    const old = toBase64url(await signedListOf(world.servers, await accountOf(noor)));
    await noor.engine.calls.removeDevice({ device: phone.device.id, password: PASSWORD });
    await noor.engine.calls.send({ conversation, text: 'without my old phone' });
    const isThere = (timeline: { items: readonly { text?: string }[] }) =>
      timeline.items.some(({ text }) => text === 'without my old phone');
    await mara.untilTimeline(conversation, isThere as never);
    let ahead = 0;
    let served = 0;
    const tablet = await world.newcomer('mara-tablet', {
      now: () => Date.now() + ahead,
      fetch: tamperingFetch({
        change: (_, answer) => {
          if (answer.username !== 'noor' || typeof answer.deviceList !== 'string') return undefined;
          served += 1;
          return { ...answer, deviceList: old };
        },
      }),
    });
    await tablet.engine.calls.signIn({ login: 'mara', password: PASSWORD });
    await tablet.untilOnline();
    await tablet.untilTimeline(conversation, isThere as never);
    await world.served(() => served > 0);
    let looked = 0;
    await world.noticed(async () => {
      // A minute goes by now and then, so that what it brings about can happen.
      if (looked % 20 === 0) ahead += 61_000;
      looked += 1;
      return (await listState(tablet, conversation)) === 'withheld';
    }, 'nobody noticed');
  },
});
