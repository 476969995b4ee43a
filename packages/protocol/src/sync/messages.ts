import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { DecodeError } from '../errors/decode-error.js';
import { LIMITS } from '../limits.js';

/** Puts encoded frames into one WebSocket message: each preceded by its length, so that frames coalesce (SPEC W1). */
export function packFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(frames.reduce((sum, frame) => sum + frame.length + 4, 0));
  for (const frame of frames) writer.varBytes(frame);
  return writer.finish();
}

/**
 * Takes a WebSocket message apart into encoded frames.
 * @throws DecodeError when it is empty, over a limit, holds an empty frame or does not end with a frame
 */
export function unpackFrames(message: Uint8Array): Uint8Array[] {
  if (message.length > LIMITS.messageBytes) throw new DecodeError('too-large', 'message');
  const reader = new ByteReader(message);
  const frames: Uint8Array[] = [];
  while (!reader.done) {
    const frame = reader.varBytes();
    if (frame.length === 0) throw new DecodeError('truncated', 'empty frame');
    if (frames.length === LIMITS.messageFrames) throw new DecodeError('too-many', 'frames');
    frames.push(frame);
  }
  if (frames.length === 0) throw new DecodeError('truncated', 'no frame');
  return frames;
}
