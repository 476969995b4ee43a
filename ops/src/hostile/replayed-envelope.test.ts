import { type DeviceId, feedRoot } from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { deviceOfRoot } from './testing/device-of-root.js';
import { shown } from './testing/shown.js';
import { tamperingLog } from './testing/tampering-log.js';

/** A server that hands an envelope out twice, so that somebody seems to have said a thing twice. */
attackTest(import.meta.url, {
  threat: 'T7',
  title: 'an envelope that is handed out twice is one message',
  checks: [
    {
      what: 'the binding of an envelope to its place',
      file: 'packages/client/dist/conversation/envelope.js',
      find: 'if (binding[field] !== place[field])',
      replace: 'if (false)',
    },
    {
      what: 'that an iteration is used once',
      file: 'packages/client/dist/conversation/chain-cache.js',
      find: 'if (known !== undefined && known !== place)',
      replace: 'if (false)',
    },
    {
      what: 'that an event with a known id is the same message',
      file: 'packages/client/dist/conversation/timeline.js',
      find: 'const key = messageKey(copy, copy.event.id);',
      replace: 'const key = messageKey(copy, copy.event.id) + copy.position.client;',
    },
  ],
  async attempt(world) {
    let replay = false;
    let replayed = 0;
    let author: DeviceId | undefined;
    const noor = await world.person('noor', {
      openSocket: tamperingLog((served) => {
        if (!served.document.startsWith('m.')) return [served];
        if (served.root) author = deviceOfRoot(served.root);
        if (!replay || !author) return [served];
        replayed += 1;
        const client = served.client + 1;
        return [served, { ...served, client, clock: 0, root: feedRoot(author, client) }];
      }),
    });
    const mara = await world.person('mara');
    const { conversation } = world;
    replay = true;
    await mara.engine.calls.send({ conversation, text: 'once' });
    await world.served(() => replayed > 0);
    await world.harmless(async () => {
      const texts = await shown(noor, conversation);
      return texts.filter((text) => text === 'mara: once').length <= 1;
    }, 'said twice');
  },
});
