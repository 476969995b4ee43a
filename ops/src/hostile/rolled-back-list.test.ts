import { documentName, logName, toBase64url } from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { bundleOf } from './testing/ghost.js';
import { linkOwnDevice, type OwnDevice } from './testing/own-device.js';
import { listState, shown } from './testing/shown.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that shows the list from before a device was removed, so that it would be given keys again. */
attackTest(import.meta.url, {
  threat: 'T9',
  title: 'a removed device is given nothing, whatever older list the server shows',
  checks: [
    {
      what: 'that a list never goes back behind the known one',
      file: 'packages/client/dist/account/device-list.js',
      find: 'if (ahead < 0)',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    let old: string | undefined;
    let roll = false;
    let rolled = 0;
    let phone: OwnDevice | undefined;
    const { conversation } = world;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        // What it was told of a device before is its to remember.
        forge: ({ path }) =>
          roll && path.endsWith(`/${phone?.device.id}/bundle`) ? bundleOf(phone!) : undefined,
        change: (_, answer) => {
          if (!roll || answer.username !== 'noor' || typeof answer.deviceList !== 'string') return undefined;
          rolled += 1;
          return { ...answer, deviceList: old };
        },
      }),
    });
    const noor = await world.person('noor');
    phone = await linkOwnDevice(world, 'noor');
    const tablet = await linkOwnDevice(world, 'noor');
    const devices = (count: number) =>
      mara.untilDetails(conversation, ({ members }) => members[1]!.devices.length === count);
    await devices(3);
    old = toBase64url((await tablet.publish((now) => now)).encoded);
    await tablet.publish((now) => now.filter(({ id }) => id !== phone!.device.id));
    await devices(2);
    await mara.engine.calls.send({ conversation, text: 'without the phone' });
    const inbox = documentName(logName('i', phone.device.id), 0);
    await noor.untilTimeline(conversation, ({ items }) => items.length >= 3);
    const given = (await world.servers.stores.log.read(inbox, new Map())).length;
    roll = true;
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'not for the phone' });
    await world.served(() => rolled > 0);
    await world.harmless(async () => {
      const now = await world.servers.stores.log.read(inbox, new Map());
      return now.length === given;
    }, 'a removed device was given keys');
    await world.noticed(async () => (await listState(mara, conversation)) === 'withheld', 'nobody noticed');
    await world.noticed(
      async () => (await shown(noor, conversation)).includes('mara: not for the phone'),
      'nothing goes out any more',
    );
  },
});
