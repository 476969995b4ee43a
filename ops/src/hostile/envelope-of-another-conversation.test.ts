import { type DeviceId, documentName, feedRoot, logName, parseDocumentName } from '@sotto/protocol';
import { attackTest } from './testing/attack.js';
import { deviceOfRoot } from './testing/device-of-root.js';
import { shown } from './testing/shown.js';
import { tamperingLog } from './testing/tampering-log.js';

/** A server that hands out in one conversation what was said in another. */
attackTest(import.meta.url, {
  threat: 'T5',
  title: 'what was said in one conversation is not read in another',
  checks: [
    {
      what: 'that a chain is of one conversation',
      file: 'packages/client/dist/conversation/envelope.js',
      find: 'if (expected !== id)',
      replace: 'if (false)',
    },
    {
      what: 'the binding of an envelope to its place',
      file: 'packages/client/dist/conversation/envelope.js',
      find: 'if (binding[field] !== place[field])',
      replace: 'if (false)',
    },
    {
      what: 'that the chains of a conversation are its own',
      file: 'packages/client/dist/engine/room/room-chains.js',
      find: '#received = new Map();',
      replace: '#received = (globalThis.everyChain ??= new Map());',
    },
    {
      what: 'that an author is looked up by the conversation',
      file: 'packages/client/dist/engine/room/room-chains.js',
      find: 'let id = this.#ids.get(rest);',
      replace: 'return [...this.#received.values()].find((chain) => chain.device === device); let id;',
    },
    {
      what: 'that only members are heard',
      file: 'packages/client/dist/engine/room/room-history.js',
      find: 'return meaning ? isSaidAsMember(meaning, entry) :',
      replace: 'return meaning ? true :',
    },
  ],
  async attempt(world) {
    let target: DeviceId | undefined;
    let moved = 0;
    let other: ReturnType<typeof logName> | undefined;
    const noor = await world.person('noor', {
      openSocket: tamperingLog((served) => {
        if (!served.document.startsWith('m.')) return [served];
        const { owner } = parseDocumentName(served.document).document.log;
        if (owner !== world.conversation) return [served];
        if (served.root) target = deviceOfRoot(served.root);
        if (!other || !target) return [served];
        moved += 1;
        const client = served.client + 1;
        const root = feedRoot(target, client);
        return [served, { ...served, document: documentName(other, 0), client, clock: 0, root }];
      }),
    });
    const [mara, teo] = [await world.person('mara'), await world.person('teo')];
    const elsewhere = await world.acquaint(teo, noor);
    other = logName('m', elsewhere);
    await mara.engine.calls.send({ conversation: world.conversation, text: 'between the two of us' });
    await world.served(() => moved > 0);
    await world.harmless(
      async () => !(await shown(noor, elsewhere)).includes('mara: between the two of us'),
      'read in another conversation',
    );
  },
});
