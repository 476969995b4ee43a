import type { ConversationId } from '@sotto/protocol';
import { LIMITS, ProtocolError, randomId, toBase64url } from '@sotto/protocol';
import { AttachmentChunks, attachmentIdOf, chunkHash } from '../../conversation/attachment-chunks.js';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';
import { isAttachmentName, isMediaType } from '../../conversation/attachment-reference.js';
import type { AttachedFile } from '../context/attached-files.js';
import { chunkKey } from '../context/attached-files.js';
import type { DeviceContext } from '../context/device-context.js';

export interface FileToSeal {
  readonly conversation: ConversationId;
  readonly file: Blob;
  readonly name: string;
  readonly type: string;
}

/**
 * Seals a file piece by piece into this device's store, under a key of its own. From then on it is the same bytes, however often it is
 * sent: nothing is sealed twice under one key, be the file changed or gone by then.
 * @throws ProtocolError `attachment/too-large`, `client/attachment-invalid`, `client/file-unreadable`
 */
export async function sealFile(
  { keys, attached }: Pick<DeviceContext, 'keys' | 'attached'>,
  { conversation, file, name, type }: FileToSeal,
): Promise<AttachedFile & { readonly reference: AttachmentReference }> {
  const { size } = file;
  if (size > LIMITS.attachmentBytes) throw new ProtocolError('attachment/too-large');
  if (!isAttachmentName(name) || !isMediaType(type)) throw new ProtocolError('client/attachment-invalid');
  const key = crypto.getRandomValues(new Uint8Array(32));
  const chunks = await AttachmentChunks.with(key, size);
  const begun: AttachedFile = {
    ...{ file: randomId(), conversation, count: chunks.count },
    ...{ state: 'sealing', hashes: [], reference: null, event: null },
  };
  const files = await attached.load();
  // First: what a crash leaves behind is found by it.
  await files.put([begun]);
  try {
    const hashes: Uint8Array[] = [];
    for (let index = 0; index < chunks.count; index += 1) {
      const { from, to } = chunks.range(index);
      const sealed = await chunks.seal(index, await read(file, from, to));
      hashes.push(await chunkHash(sealed));
      await keys.write([{ key: chunkKey(begun.file, index), value: sealed }]);
    }
    const id = await attachmentIdOf(chunks.sealedSize, hashes);
    const reference = { id, key: toBase64url(key), size, type, name };
    const sealed = { ...begun, state: 'sealed', hashes, reference } as const;
    await files.put([sealed]);
    return sealed;
  } catch (error) {
    await files.forget(begun);
    throw error;
  }
}

async function read(file: Blob, from: number, to: number): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.slice(from, to).arrayBuffer());
  } catch (cause) {
    throw new ProtocolError('client/file-unreadable', { cause });
  }
  if (bytes.length !== to - from)
    throw new ProtocolError('client/file-unreadable', { detail: 'it was cut off' });
  return bytes;
}
