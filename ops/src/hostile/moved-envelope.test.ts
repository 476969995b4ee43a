import { type DeviceId, documentName, feedRoot, parseDocumentName } from '@sotto/protocol';
import { isMessage } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { deviceOfRoot } from './testing/device-of-root.js';
import { tamperingLog } from './testing/tampering-log.js';

/** A server that hands an envelope out at another place: another segment, another feed of its author. */
attackTest(import.meta.url, {
  threat: 'T5',
  title: 'an envelope is read at the place its author gave it and at no other',
  checks: [
    {
      what: 'the binding of an envelope to its place',
      file: 'packages/client/dist/conversation/envelope.js',
      find: 'if (binding[field] !== place[field])',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    let move = false;
    let moved = 0;
    let author: DeviceId | undefined;
    const mara = await world.person('mara');
    const noor = await world.person('noor', {
      openSocket: tamperingLog((served) => {
        if (!served.document.startsWith('m.')) return [served];
        if (served.root) author = deviceOfRoot(served.root);
        if (!move || !author) return [served];
        moved += 1;
        const { log } = parseDocumentName(served.document);
        const client = served.client + 1;
        const root = feedRoot(author, client);
        return [{ ...served, document: documentName(log, 1), client, clock: 0, root }];
      }),
    });
    const { conversation } = world;
    move = true;
    await mara.engine.calls.send({ conversation, text: 'moved' });
    await world.served(() => moved > 0);
    await world.harmless(async () => {
      const { items } = await noor.untilTimeline(conversation, () => true);
      return !items.filter(isMessage).some(({ text }) => text === 'moved');
    }, 'read where it was never put');
  },
});
