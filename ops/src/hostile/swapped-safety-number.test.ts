import { firstDeviceList } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { toBase64url } from '@sotto/protocol';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/** A server that stands between two people from the first moment, with an account key of its own for each side. */
attackTest(import.meta.url, {
  threat: 'T12',
  title: 'whoever stands in between is seen when two people compare their safety number',
  checks: [
    {
      what: 'the account keys in the safety number',
      file: 'packages/client/dist/engine/trust/safety-number.js',
      find: 'identityKey: identity',
      replace: 'identityKey: new Uint8Array(33)',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    const identity = generateIdentityKeyPair();
    let swapped = 0;
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge: ghost.bundles,
        change: (_, answer) => {
          if (answer.username !== 'teo' || typeof answer.deviceList !== 'string') return undefined;
          swapped += 1;
          const list = firstDeviceList(answer.account as never, identity, [ghost.listed]);
          return { ...answer, deviceList: toBase64url(list.encoded) };
        },
      }),
    });
    const teo = await world.person('teo');
    const [maras, teos] = [await accountOf(mara), await accountOf(teo)];
    await mara.engine.calls.startDirect({ username: 'teo' });
    await teo.engine.calls.startDirect({ username: 'mara' });
    await world.served(() => swapped > 0);
    const atMara = await mara.engine.calls.safetyNumber({ account: teos });
    const atTeo = await teo.engine.calls.safetyNumber({ account: maras });
    await world.harmless(() => atMara.digits !== atTeo.digits, 'both read out the same digits');
    const scan = await mara.engine.calls.checkScanned({ account: teos, scanned: atTeo.scannable });
    await world.harmless(() => scan.result === 'mismatch', 'what was scanned matches');
  },
});
