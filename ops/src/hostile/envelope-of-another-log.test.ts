import { type DeviceId, documentName, feedRoot, logName, parseDocumentName } from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { deviceOfRoot } from './testing/device-of-root.js';
import { shown } from './testing/shown.js';
import { tamperingLog } from './testing/tampering-log.js';

/** A server that hands an envelope out in another log of the same conversation. */
attackTest(import.meta.url, {
  threat: 'T5',
  title: 'an envelope is read in the log its author put it in and in no other',
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
    const noor = await world.person('noor', {
      openSocket: tamperingLog((served) => {
        if (!served.document.startsWith('m.')) return [served];
        if (served.root) author = deviceOfRoot(served.root);
        if (!move || !author) return [served];
        moved += 1;
        const { owner } = parseDocumentName(served.document).document.log;
        const document = documentName(logName('r', owner as never), 0);
        const client = served.client + 1;
        return [{ ...served, document, client, clock: 0, root: feedRoot(author, client) }];
      }),
    });
    const mara = await world.person('mara');
    const { conversation } = world;
    move = true;
    await mara.engine.calls.send({ conversation, text: 'moved' });
    await world.served(() => moved > 0);
    await world.harmless(
      async () => !(await shown(noor, conversation)).includes('mara: moved'),
      'read where it was never put',
    );
  },
});
