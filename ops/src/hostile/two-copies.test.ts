import { parseSenderKeyMessage } from '@sotto/client/crypto';
import { ANSWER, documentName, joinUpdate, logName, parseUpdate, toBase64url } from '@sotto/protocol';
import { leasePrefix } from '@sotto/store';
import { deviceOf } from '../engine/testing/own-devices.js';
import { tamperingSockets } from '../engine/testing/tampering-socket.js';
import { attackTest } from './testing/attack.js';

/** A server that lets a restored backup go on beside what the device did since, as if nobody had been there. */
attackTest(import.meta.url, {
  threat: 'T26',
  title: 'a copy of a device that a server lets write notices by itself, and seals nothing by used keys',
  checks: [
    {
      what: 'that nothing is sealed before it is looked whether the own feeds are as they were left',
      file: 'packages/client/dist/engine/sending/sealing-gate.js',
      find: 'async passed() {',
      replace: 'async passed() {\n        return true;',
    },
    {
      what: 'that a feed which holds more than is remembered is another life of this device',
      file: 'packages/client/dist/engine/room/room.js',
      find: 'return copied();',
      replace: 'return;',
    },
  ],
  async attempt(world) {
    const { conversation, servers } = world;
    const document = documentName(logName('m', conversation), 0);
    const [noor, mara] = [await world.person('noor'), await world.person('mara')];
    const device = await deviceOf(mara);
    for (const text of ['one', 'two']) await mara.engine.calls.send({ conversation, text });
    await noor.untilTimeline(conversation, ({ items }) => items.length === 4);
    await mara.engine.close();
    // What a server was told of leases is its to forget.
    for (const { key } of await servers.stores.claims.list({ prefix: leasePrefix(device) }))
      await servers.stores.claims.remove(key);
    const seen = new Map<string, string>();
    let isTwice = false;
    /** By which iteration of which chain, and what. */
    const look = (update: Uint8Array) => {
      for (const { structs } of parseUpdate(update, document, ANSWER))
        for (const { envelope } of structs) {
          const { distributionId, iteration } = parseSenderKeyMessage(envelope);
          const key = `${toBase64url(distributionId)} ${iteration}`;
          const text = toBase64url(envelope);
          isTwice ||= (seen.get(key) ?? text) !== text;
          seen.set(key, text);
        }
    };
    look(joinUpdate(await servers.stores.log.read(document, new Map())));
    let sent = 0;
    // From the same backup that the first one was made of.
    const copy = await world.person('mara', {
      openSocket: tamperingSockets({
        outgoing(frame) {
          if (frame.type !== 'append' || frame.document !== document) return;
          sent += 1;
          look(frame.update);
        },
      }),
    });
    await copy.engine.calls.send({ conversation, text: 'by the copy' });
    await world.served(() => sent > 0);
    await world.harmless(() => !isTwice, 'two messages are sealed by one key');
    await world.noticed(async () => {
      const { items } = await noor.untilTimeline(conversation, () => true);
      return items.some((item) => item.kind === 'message' && item.text === 'by the copy');
    }, 'the copy writes no more');
  },
});
