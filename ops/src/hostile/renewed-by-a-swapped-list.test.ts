import { listUnderNewKey, verifyDeviceList } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { decodeSignedDeviceList, fromBase64url, toBase64url } from '@sotto/protocol';
import { codeOf, deviceOf } from '../engine/testing/own-devices.js';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { resetByMail, THIEFS_PASSWORD } from './testing/mailbox-thief.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/**
 * Somebody renews the account at their device, by a password that was set by mail. The server shows that device a list on which the
 * device's key is the server's own: what is signed next would put it there for everybody.
 */
attackTest(import.meta.url, {
  threat: 'T28',
  title: 'a device that renews its account signs no device that the key of before did not list',
  checks: [
    {
      what: 'that the list of before is held against the pinned one',
      file: 'packages/client/dist/account/renew.js',
      find: 'const before = await verifyDeviceList(deviceList, { account, pinned });',
      replace: 'const before = await verifyDeviceList(deviceList, { account });',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    const identity = generateIdentityKeyPair();
    let served = 0;
    let signed = 0;
    let isGhostSigned = false;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge({ path, body }) {
          if (path !== '/api/account/start-over') return undefined;
          signed += 1;
          const { deviceList } = body as { deviceList: string };
          const { devices } = decodeSignedDeviceList(fromBase64url(deviceList)).list;
          isGhostSigned ||= devices.some(({ key }) => toBase64url(key) === toBase64url(ghost.listed.key));
          return undefined;
        },
        async change({ path }, answer) {
          if (path !== '/api/account/open') return undefined;
          served += 1;
          const encoded = fromBase64url(answer.deviceList as string);
          const { account } = decodeSignedDeviceList(encoded).list;
          const known = await verifyDeviceList(encoded, { account });
          const [own] = known.list.devices;
          const devices = [{ ...own!, key: ghost.listed.key }];
          const list = await listUnderNewKey(known, identity, devices);
          return { ...answer, deviceList: toBase64url(list.encoded) };
        },
      }),
    });
    await deviceOf(mara);
    await resetByMail(world, mara);
    const code = await codeOf(mara.engine.calls.renewAccount({ password: THIEFS_PASSWORD }));
    await world.served(() => served > 0);
    await world.harmless(() => !isGhostSigned, "she signs the server's key as her device's");
    if (signed > 0 || code === undefined) throw new Error(`it was renewed all the same: ${code}`);
  },
});
