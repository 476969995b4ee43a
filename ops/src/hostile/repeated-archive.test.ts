import { advance } from '@sotto/client/crypto';
import { PASSWORD } from '../people/person.js';
import { archive, archivedElements, putElement, readElement } from './testing/archive.js';
import { attackTest } from './testing/attack.js';
import { listOf } from './testing/inbox.js';
import { linkOwnDevice } from './testing/own-device.js';
import { shown } from './testing/shown.js';

/** A server that hands out the archive again, elsewhere and backwards, with copies of its chains that begin late. */
attackTest(import.meta.url, {
  threat: 'T24',
  title: 'archived chains that are repeated, moved or cut off take nothing from a new device',
  checks: [
    {
      what: 'that of two copies of a chain the earlier is kept',
      file: 'packages/client/dist/conversation/chain.js',
      find: 'return earlier;',
      replace: 'return later;',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const mara = await world.person('mara');
    const phone = await linkOwnDevice(world, 'mara');
    const { devices } = await listOf(world.servers, phone.account);
    const keyOf = (device: string) => devices.find(({ id }) => id === device)?.key;
    const elements = await archivedElements(world, phone);
    let cut = 0;
    for (const element of elements) {
      const record = await readElement(phone, element, keyOf);
      if (record?.type !== 'chain') continue;
      const { chain } = record;
      const distribution = { ...chain.distribution, ...advance(chain.distribution, 20) };
      await archive(world, phone, { ...record, chain: { ...chain, distribution } });
      cut += 1;
    }
    if (cut === 0) throw new Error('no chain in the archive');
    for (const element of [...elements].reverse()) await putElement(world, phone, element);
    await mara.engine.close();
    const tablet = await world.newcomer('mara-tablet');
    await tablet.engine.calls.signIn({ login: 'mara', password: PASSWORD });
    await world.noticed(
      async () => (await shown(tablet, conversation)).length === 2,
      'the past can not be read any more',
    );
    await world.harmless(
      async () => (await shown(tablet, conversation)).join() === 'mara: from mara,noor: from noor',
      'the past is another',
    );
  },
});
