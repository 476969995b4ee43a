import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { chainsOf } from './testing/chains.js';
import { linkOwnDevice } from './testing/own-device.js';
import { inboxSize, says } from './testing/says.js';

/** A device that its owner removed asks for what it was given before; the server carries it. */
attackTest(import.meta.url, {
  threat: 'T27',
  title: 'a device that is on no list any more is not even heard',
  checks: [
    {
      what: 'that only listed devices are heard',
      file: 'packages/client/dist/engine/device/inbox-reader.js',
      find: 'if (!element || !(await this.#isListed(element.account, device)))',
      replace: 'if (!element)',
    },
    {
      what: 'that sessions are those of listed devices',
      file: 'packages/client/dist/account/directory.js',
      find: 'return listed !== undefined && constantTimeEqual(listed.key, key);',
      replace: 'return true;',
    },
    {
      what: 'that only listed devices are answered',
      file: 'packages/client/dist/engine/repair/answering.js',
      find: 'const isListed = list.list.devices.some(({ id }) => id === device);',
      replace: 'const isListed = true;',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const noor = await world.person('noor');
    const phone = await linkOwnDevice(world, 'noor');
    // Whose pre-keys a server takes to speak with somebody is its own affair.
    const agent = await linkOwnDevice(world, 'teo');
    const { id, identity } = phone.device;
    const mara = await world.person('mara');
    const to = { account: await accountOf(mara), device: await deviceOf(mara) };
    await mara.engine.calls.send({ conversation, text: 'for the phone too' });
    await noor.untilTimeline(conversation, ({ items }) => items.length >= 3);
    const chains = await chainsOf(world, conversation, to.device);
    await noor.engine.calls.removeDevice({ device: id, password: PASSWORD });
    await mara.untilDetails(conversation, ({ members }) => members[1]!.devices.length === 1);
    const before = await inboxSize(world, id);
    for (const asked of [chains, []])
      await says(
        world,
        agent,
        to,
        { type: 'request', conversations: [{ conversation, chains: asked }], account: false },
        { account: phone.account, device: id, identity },
      );
    await world.harmless(
      async () => (await inboxSize(world, id)) === before,
      'a removed device was given keys',
    );
  },
});
