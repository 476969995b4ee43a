import { nextDeviceList } from '@sotto/client/account';
import { toBase64url } from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { linkOwnDevice } from './testing/own-device.js';
import { listState } from './testing/shown.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** Somebody who got at an account's key and a server that shows each side another list, both well signed. */
attackTest(import.meta.url, {
  threat: 'T11',
  title: 'two lists of one version are one too many',
  checks: [
    {
      what: 'that there is one list of a version',
      file: 'packages/client/dist/account/device-list.js',
      find: 'if (ahead === 0 && !constantTimeEqual(next.encoded, pinned.encoded))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    let other: string | undefined;
    let served = 0;
    const { conversation } = world;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        change: (_, answer) => {
          if (!other || answer.username !== 'noor' || typeof answer.deviceList !== 'string') return undefined;
          served += 1;
          return { ...answer, deviceList: other };
        },
      }),
    });
    await world.person('noor');
    const phone = await linkOwnDevice(world, 'noor');
    const isTwo = (count: number) =>
      mara.untilDetails(conversation, ({ members }) => members[1]!.devices.length === count);
    await isTwo(2);
    // The same version, without the device that Noor has at hand.
    const before = (await phone.publish((now) => now)).list;
    await mara.engine.calls.reconnect();
    const fork = await nextDeviceList(
      { list: { ...before, version: before.version - 1 }, encoded: new Uint8Array(8) },
      phone.vault.identity,
      before.devices.slice(1),
    );
    await mara.reload();
    await mara.untilOnline();
    await mara.engine.calls.send({ conversation, text: 'to both' });
    await mara.untilTimeline(conversation, ({ items }) =>
      items.some((item) => item.kind === 'message' && item.text === 'to both' && item.mark !== 'queued'),
    );
    other = toBase64url(fork.encoded);
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'to whom?' });
    await world.served(() => served > 0);
    await world.noticed(async () => (await listState(mara, conversation)) === 'forged', 'nobody noticed');
  },
});
