import type { AttachmentId, ConversationId } from '@sotto/protocol';
import { DecodeError, parseAttachmentId, parseId } from '@sotto/protocol';

/**
 * Where the chunks of one upload lie: `<conversation>.<attachment>.<upload>`. The last is 16 random bytes of its own for each upload,
 * so a place is never used a second time: what deletes one can't meet what somebody uploads anew.
 */
export type ChunkPlace = string & { readonly __brand: 'chunk-place' };

export interface PlaceParts {
  readonly conversation: ConversationId;
  readonly attachment: AttachmentId;
  /** Random, in an id's spelling. */
  readonly upload: string;
}

export function chunkPlace({ conversation, attachment, upload }: PlaceParts): ChunkPlace {
  return `${conversation}.${attachment}.${upload}` as ChunkPlace;
}

/** @throws DecodeError */
export function parseChunkPlace(text: string): PlaceParts {
  const [conversation, attachment, upload, ...rest] = text.split('.');
  if (conversation === undefined || attachment === undefined || upload === undefined || rest.length > 0)
    throw new DecodeError('shape', 'chunk place');
  return {
    conversation: parseId<ConversationId>(conversation),
    attachment: parseAttachmentId(attachment),
    upload: parseId(upload),
  };
}

/**
 * Sealed chunks of attachments, by place and number. It knows nothing of who may have them, and nothing of hashes: whoever writes has
 * checked them, and what lies at one place and number is never other bytes. A promise resolves only when what it says is durable.
 * Every method throws ProtocolError `sync/store-unavailable` when nothing may be assumed.
 */
export interface ChunkStore {
  /** Writing the same again is free. @param bytes at most 262,144 */
  put(place: ChunkPlace, index: number, bytes: Uint8Array): Promise<void>;
  get(place: ChunkPlace, index: number): Promise<Uint8Array | undefined>;
  /** Numbers below `count` whose chunks are there, rising. */
  present(place: ChunkPlace, count: number): Promise<number[]>;
  /** Deletes all chunks with numbers below `count`; those that are not there do not matter. */
  remove(place: ChunkPlace, count: number): Promise<void>;
  /**
   * Places that hold something, in the order of their bytes; one that was written to at this moment may be missing.
   * @param range `prefix` of places, such as a conversation; `after` this one
   */
  places(range: PlaceRange): Promise<ChunkPlace[]>;
}

export interface PlaceRange {
  readonly prefix?: string;
  readonly after?: ChunkPlace;
  readonly limit: number;
}
