import { signAccountKeys } from '@sotto/client/conversation';
import { deviceOf } from '../engine/testing/own-devices.js';
import { PASSWORD } from '../people/person.js';
import { isSealedBy, randomKey } from './testing/account-keys.js';
import { attackTest } from './testing/attack.js';
import { linkOwnDevice } from './testing/own-device.js';
import { says } from './testing/says.js';

/** A device that was just removed passes on what it calls the account's keys of now, over its session, as devices do that stay. */
attackTest(import.meta.url, {
  threat: 'T22',
  title: 'a removed device gives its account no keys',
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
      what: "the account key's signature of the keys",
      file: 'packages/client/dist/engine/account/shared-keys.js',
      find: 'if (!own || !(await verifyAccountKeys(self.account, record, own.identity)))',
      replace: 'if (!own)',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const mara = await world.person('mara');
    const phone = await linkOwnDevice(world, 'mara');
    // Whose pre-keys a server takes to speak with somebody is its own affair.
    const agent = await linkOwnDevice(world, 'teo');
    const { account, device } = phone;
    const to = { account, device: await deviceOf(mara) };
    await mara.engine.calls.removeDevice({ device: device.id, password: PASSWORD });
    const thiefs = randomKey();
    const record = signAccountKeys(
      account,
      {
        accountLogKeys: [thiefs, ...phone.vault.accountLogKeys],
        archiveKeys: [thiefs, ...phone.vault.archiveKeys],
        vaultVersion: 99,
        devices: [to.device],
      },
      device.identity,
    );
    await says(world, agent, to, record, { account, device: device.id, identity: device.identity });
    // Not while her device is at it: what is on its way by the keys of before would stand in the way.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await mara.engine.calls.answerRequest({ conversation, answer: 'block' });
    await world.harmless(
      async () => !(await isSealedBy(world, account, thiefs)),
      'what her account decides is sealed by a key that the thief knows',
    );
  },
});
