import {
  decodeSignedDeviceList,
  documentName,
  encodeDeviceList,
  encodeSignedDeviceList,
  fromBase64url,
  logName,
  toBase64url,
} from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that puts a device of its own on somebody's list would be given every key. */
attackTest(import.meta.url, {
  threat: 'T2',
  title: 'a device that the server put on a list itself is given no key',
  checks: [
    {
      what: 'the signature of a device list',
      file: 'packages/client/dist/account/device-list.js',
      find: 'if (!(await isSigned(signed, list)))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    let served = 0;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge: ghost.bundles,
        change: (_, answer) => {
          if (answer.username !== 'teo' || typeof answer.deviceList !== 'string') return undefined;
          served += 1;
          const { signed, list } = decodeSignedDeviceList(fromBase64url(answer.deviceList));
          const body = new Uint8Array(
            encodeDeviceList({ ...list, devices: [...list.devices, ghost.listed] }),
          );
          return { ...answer, deviceList: toBase64url(encodeSignedDeviceList({ ...signed, body })) };
        },
      }),
    });
    await world.person('teo');
    const begun = await mara.engine.calls.startDirect({ username: 'teo' }).catch(() => undefined);
    if (begun) await mara.engine.calls.send({ ...begun, text: 'for teo alone' });
    await world.served(() => served > 0);
    const inbox = documentName(logName('i', ghost.id), 0);
    await world.harmless(async () => {
      const given = await world.servers.stores.log.read(inbox, new Map());
      return given.length === 0;
    }, 'the ghost was given a key');
  },
});
