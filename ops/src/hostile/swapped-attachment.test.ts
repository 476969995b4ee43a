import { AttachmentChunks, chunkHash } from '@sotto/client/conversation';
import { fromBase64url, toBase64url } from '@sotto/protocol';
import { isMessage } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { AttackSucceeded } from './testing/attack-succeeded.js';

const SAID = 'Pay to the account that I told you of.';
const FORGED = 'Pay to the account of somebody else...';

/** A server, with a member who knows the key, that gives another file of the same size in place of the one that was attached. */
attackTest(import.meta.url, {
  threat: 'T31',
  title: 'another file sealed by the same key is not taken for the one that the message names',
  checks: [
    {
      what: 'that the list of chunks gives the id',
      file: 'packages/client/dist/engine/attachments/opening.js',
      find: '(await attachmentIdOf(manifest.size, manifest.chunks)) !== id',
      replace: 'false',
    },
  ],
  async attempt(world) {
    let forged: { readonly chunk: Uint8Array<ArrayBuffer>; readonly hash: Uint8Array } | undefined;
    let given = 0;
    const noor = await world.person('noor', {
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        const path = new URL(String(input)).pathname;
        if (!forged || !path.startsWith('/sync/attachments/') || !response.ok) return response;
        if (path.endsWith('/0')) return new Response(forged.chunk);
        given += 1;
        const { size } = (await response.json()) as { size: number };
        return Response.json({ size, chunks: [toBase64url(forged.hash)] });
      },
    });
    const mara = await world.person('mara');
    const { conversation } = world;
    const { attachment } = await mara.engine.calls.attach({
      ...{ conversation, file: new Blob([SAID]) },
      ...{ name: 'invoice.txt', type: 'text/plain' },
    });
    await mara.engine.calls.send({ conversation, text: 'the invoice', attachments: [attachment.id] });
    const { items } = await noor.untilTimeline(conversation, (timeline) =>
      timeline.items.some((item) => isMessage(item) && item.text === 'the invoice'),
    );
    const named = items.filter(isMessage).at(-1)!.attachments![0]!;
    const chunks = await AttachmentChunks.with(fromBase64url(named.key), named.size);
    const chunk = await chunks.seal(0, new TextEncoder().encode(FORGED));
    forged = { chunk, hash: await chunkHash(chunk) };
    let opened = '';
    try {
      opened = await (await noor.engine.calls.openAttachment({ conversation, attachment: named })).text();
    } catch {
      // Refused.
    }
    await world.served(() => given > 0);
    if (opened !== '') throw new AttackSucceeded(`opened: ${opened}`);
    forged = undefined;
    const blob = await noor.engine.calls.openAttachment({ conversation, attachment: named });
    if ((await blob.text()) !== SAID) throw new Error('what was attached does not come any more');
  },
});
