import { firstDeviceList } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { decodeSignedDeviceList, documentName, fromBase64url, logName, toBase64url } from '@sotto/protocol';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that shows a browser which was just linked a list of its own, with a device of its own beside the new one. */
attackTest(import.meta.url, {
  threat: 'T23',
  title: 'a device that was linked by a code goes by the list of the account key that came with the answer',
  checks: [
    {
      what: 'that the list is signed by the key that came sealed to the code',
      file: 'packages/client/dist/account/device-list.js',
      find: 'if (identities.some((identity) => identity && !constantTimeEqual(identity, list.identity)))',
      replace: 'if (false)',
    },
    {
      what: 'that keys go to account keys which the state names',
      file: 'packages/client/dist/engine/sending/key-sharing.js',
      find: 'const isNamed = identities.some((named) => equalBytes(named, identity));',
      replace: 'const isNamed = true;',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    const identity = generateIdentityKeyPair();
    let linked = false;
    let list: string | undefined;
    const mara = await world.person('mara');
    // Begun by somebody else: a creation speaks for its author's key itself.
    const conversation = await world.acquaint(await world.person('teo'), mara);
    const phone = await world.newcomer('mara-phone', {
      fetch: tamperingFetch({
        forge: ghost.bundles,
        change: (_, answer) => {
          if (!linked || answer.username !== 'mara' || typeof answer.deviceList !== 'string')
            return undefined;
          const { devices } = decodeSignedDeviceList(fromBase64url(answer.deviceList)).list;
          list ??= toBase64url(
            firstDeviceList(answer.account as never, identity, [...devices, ghost.listed]).encoded,
          );
          return { ...answer, deviceList: list };
        },
      }),
    });
    const { code } = await phone.engine.calls.beginLink();
    linked = true;
    await mara.engine.calls.approveLink({ code, password: PASSWORD });
    const { state } = await phone.untilLink((link) => link.state === 'done' || link.state === 'failed');
    await world.served(() => list !== undefined);
    if (state === 'done') {
      await phone.untilTimeline(conversation, ({ items }) => items.length === 2);
      await phone.engine.calls.send({ conversation, text: 'from the new phone' });
    }
    const inbox = documentName(logName('i', ghost.id), 0);
    await world.harmless(async () => {
      const given = await world.servers.stores.log.read(inbox, new Map());
      return given.length === 0;
    }, 'a device of the server was given keys');
  },
});
