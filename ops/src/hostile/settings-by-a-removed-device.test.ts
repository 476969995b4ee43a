import { listUnderNewKey, verifyDeviceList } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import { documentName, encodeCbor, fromBase64url, logName, toBase64url } from '@sotto/protocol';
import { putEnvelope } from '../engine/testing/state-log.js';
import { accountOf } from '../people/account.js';
import { PASSWORD } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { makeGhost } from './testing/ghost.js';
import { linkOwnDevice } from './testing/own-device.js';
import { inboxSize } from './testing/says.js';
import { tamperingFetch } from './testing/tampering-fetch.js';

/**
 * A device that was removed knows the account log's keys of before. It writes there, with a server's help, that a contact's new account
 * key was accepted: the server's own.
 */
attackTest(import.meta.url, {
  threat: 'T29',
  title: 'what a removed device writes into the account log decides nothing',
  checks: [
    {
      what: 'that only the newest key opens what comes',
      file: 'packages/client/dist/engine/context/account-log.js',
      find: 'const [secret] = this.#keys.current.accountLogKeys;',
      replace: 'const secret = this.#keys.current.accountLogKeys.at(-1);',
    },
  ],
  async attempt(world) {
    const ghost = makeGhost();
    const identity = generateIdentityKeyPair();
    let list: string | undefined;
    let offers = false;
    const { conversation } = world;
    const noor = await world.person('noor');
    const mara = await world.person('mara', {
      fetch: tamperingFetch({
        forge: ghost.bundles,
        change: async (_, answer) => {
          if (!offers || answer.username !== 'noor' || typeof answer.deviceList !== 'string')
            return undefined;
          const account = answer.account as never;
          const known = await verifyDeviceList(fromBase64url(answer.deviceList), { account });
          const devices = [...known.list.devices, ghost.listed];
          list ??= toBase64url((await listUnderNewKey(known, identity, devices)).encoded);
          return { ...answer, deviceList: list };
        },
      }),
    });
    const noors = await accountOf(noor);
    const phone = await linkOwnDevice(world, 'mara');
    await mara.engine.calls.removeDevice({ device: phone.device.id, password: PASSWORD });
    await mara.engine.calls.send({ conversation, text: 'goes out as ever' });
    await noor.untilTimeline(conversation, ({ items }) => items.length >= 4);
    const trusted = `${toBase64url(identity.publicKey)}.${Date.now()}.accepted`;
    const update = encodeCbor({ v: 1, writes: [['trusted', noors, 50, trusted]] });
    const log = documentName(logName('a', phone.account), 0);
    await putEnvelope(world.servers, log, phone.device.id, () =>
      sealed(phone.vault.accountLogKeys[0]!, update),
    );
    offers = true;
    await mara.reload();
    await mara.untilOnline();
    await mara.engine.calls.send({ conversation, text: 'for noor alone' });
    await world.served(() => list !== undefined);
    await world.harmless(
      async () => (await inboxSize(world, ghost.id)) === 0,
      'a device under a key that nobody accepted was given a key',
    );
  },
});

/** An element of an account log, by a key that the device knows. */
async function sealed(secret: Uint8Array, update: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'AES-GCM', false, ['encrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode('Sotto account log v1');
  const ciphertext = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData },
    key,
    new Uint8Array(update),
  );
  return new Uint8Array([...iv, ...new Uint8Array(ciphertext)]);
}
