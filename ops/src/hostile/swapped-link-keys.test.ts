import { constantTimeEqual } from '@sotto/client/crypto';
import { decodeSignedDeviceList, fromBase64url, toBase64url } from '@sotto/protocol';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that says that the browser whose code was scanned has other keys: its own would be signed onto the list. */
attackTest(import.meta.url, {
  threat: 'T23',
  title: 'a device is linked by the keys in its code and by no others',
  checks: [
    {
      what: 'that the server holds the keys of the code',
      file: 'packages/client/dist/account/link-approval.js',
      find: 'const isSame = held.device === code.device && constantTimeEqual(held.identityKey, code.key);',
      replace: 'const isSame = true;',
    },
    {
      what: 'that what is signed is in the code',
      file: 'packages/client/dist/account/link-approval.js',
      find: 'return code;',
      replace: 'return { ...code, device: held.device, key: held.identityKey };',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    let swapped = 0;
    let signed = false;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge: ({ path, body }) => {
          if (!path.endsWith('/approve')) return undefined;
          const { deviceList } = body as { deviceList: string };
          const { devices } = decodeSignedDeviceList(fromBase64url(deviceList)).list;
          signed ||= devices.some(({ key }) => constantTimeEqual(key, ghost.listed.key));
          return undefined;
        },
        change: ({ path }, answer) => {
          if (!path.startsWith('/api/links/') || answer.identityKey === undefined) return undefined;
          swapped += 1;
          return { ...answer, identityKey: toBase64url(ghost.listed.key) };
        },
      }),
    });
    const phone = await world.newcomer('mara-phone');
    const { code } = await phone.engine.calls.beginLink();
    await mara.engine.calls.approveLink({ code, password: PASSWORD }).catch(() => undefined);
    await world.served(() => swapped > 0);
    await world.harmless(() => !signed, 'the account vouches for a device of the server');
  },
});
