import { listUnderNewKey, verifyDeviceList } from '@sotto/client/account';
import { signAccountKeys } from '@sotto/client/conversation';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { toBase64url } from '@sotto/protocol';
import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { isSealedBy, randomKey } from './testing/account-keys.js';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { signedListOf } from './testing/inbox.js';
import { resetByMail } from './testing/mailbox-thief.js';
import { linkOwnDevice } from './testing/own-device.js';
import { inboxSize, says } from './testing/says.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/**
 * Somebody set Noor's password by mail. The server shows her device a list under the thief's account key, with the thief's device beside
 * hers, and that device passes on the account's keys of now: the thief's.
 */
attackTest(import.meta.url, {
  threat: 'T28',
  title: 'a device seals nothing by account keys of who began the account anew by a mailed link',
  checks: [
    {
      what: 'that a list is signed by the key it was signed by before',
      file: 'packages/client/dist/account/device-list.js',
      find: 'if (identities.some((identity) => identity && !constantTimeEqual(identity, list.identity)))',
      replace: 'if (false)',
    },
    {
      what: 'that another key is kept beside the known one',
      file: 'packages/client/dist/account/directory.js',
      find: 'if (before && offered)',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const ghost = makeGhost();
    const identity = generateIdentityKeyPair();
    let list: string | undefined;
    let shown = 0;
    const instead = (person: Record<string, unknown>) => {
      if (!list || person.username !== 'noor') return person;
      shown += 1;
      return { ...person, deviceList: list };
    };
    await world.person('mara');
    const noor = await world.person('noor', {
      fetch: tamperingFetch({
        forge: ghost.bundles,
        change: (_, answer) =>
          Array.isArray(answer.people)
            ? { ...answer, people: answer.people.map(instead) }
            : 'deviceList' in answer
              ? instead(answer)
              : undefined,
      }),
    });
    const agent = await linkOwnDevice(world, 'teo');
    const to = { account: await accountOf(noor), device: await deviceOf(noor) };
    await resetByMail(world, noor);
    const { account } = to;
    const known = await verifyDeviceList(await signedListOf(world.servers, account), { account });
    const devices = [...known.list.devices, ghost.listed];
    list = toBase64url((await listUnderNewKey(known, identity, devices)).encoded);
    const [thiefs, before] = [randomKey(), randomKey()];
    const record = signAccountKeys(
      account,
      {
        // Of two, the second counts as that of before: everything is said again by the first.
        accountLogKeys: [thiefs, before],
        archiveKeys: [thiefs],
        vaultVersion: 2,
        devices: [to.device, ghost.id],
      },
      identity,
    );
    await says(world, agent, to, record, { ...to, device: ghost.id, identity: ghost.identity });
    await world.served(() => shown > 0);
    // Not while her device is at it: what is on its way by the keys of before would stand in the way.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await noor.engine.calls.answerRequest({ conversation, answer: 'block' });
    await noor.untilList(([only]) => only?.standing === 'blocked');
    await world.harmless(
      async () => !(await isSealedBy(world, account, thiefs)) && (await inboxSize(world, ghost.id)) === 0,
      'what her account decides is sealed by the thief’s key',
    );
  },
});
