import type { EnginePlatform } from '@sotto/client';
import { mutate, type SeededRandom } from '@sotto/client/testing/crypto';
import {
  decodeServerFrame,
  encodeServerFrame,
  packFrames,
  type ServerFrame,
  unpackFrames,
} from '@sotto/protocol';
import WebSocket from 'ws';

type WebSocketLike = ReturnType<EnginePlatform['openSocket']>;

/**
 * A server that changes bytes of whatever it says. Acknowledgements alone stay as they are: what a server says it has and has
 * not is lost, which no client can heal.
 */
export interface Spoiling {
  /** Whether it does. */
  on: boolean;
  /** Answers and frames that it changed so far. */
  spoilt: number;
  /** Envelopes of messages among them, whose signature it changed. */
  envelopes: number;
  readonly fetch: typeof fetch;
  readonly openSocket: EnginePlatform['openSocket'];
}

/** @param oneIn how many answers and socket messages there are to one that is spoilt */
export function spoiling(random: SeededRandom, oneIn: number): Spoiling {
  const server: Spoiling = {
    on: false,
    spoilt: 0,
    envelopes: 0,
    async fetch(input, init) {
      const response = await fetch(input, init);
      const body = new Uint8Array(await response.arrayBuffer());
      const { status, headers } = response;
      const empty = body.length === 0 || [204, 304].includes(status);
      return new Response(empty ? null : new Uint8Array(spoil(body)), { status, headers });
    },
    openSocket(url) {
      const socket = new WebSocket(url);
      socket.binaryType = 'arraybuffer';
      return {
        binaryType: 'arraybuffer',
        get readyState() {
          return socket.readyState;
        },
        send: (data: Uint8Array<ArrayBuffer>) => socket.send(data),
        close: (code?: number) => socket.close(code),
        addEventListener(type: string, listener: (event: never) => void) {
          if (type !== 'message') socket.addEventListener(type as 'close', listener as never);
          else
            socket.addEventListener('message', ({ data }) => {
              const bytes = spoilFrames(new Uint8Array(data as ArrayBuffer));
              listener({ data: new Uint8Array(bytes).buffer } as never);
            });
        },
      } as WebSocketLike;
    },
  };
  function spoil(bytes: Uint8Array): Uint8Array {
    if (!server.on || bytes.length === 0 || random.below(oneIn) > 0) return bytes;
    server.spoilt += 1;
    return mutate(random, bytes);
  }
  function spoilFrames(bytes: Uint8Array): Uint8Array {
    const frames = unpackFrames(bytes).map((frame) => decodeServerFrame(frame));
    if (!server.on || frames.some(({ type }) => type === 'ack')) return bytes;
    if (!frames.some(isSaid) || random.below(2) > 0) return spoil(bytes);
    return packFrames(
      frames.map((frame) => encodeServerFrame(isSaid(frame) ? spoilSignature(frame) : frame)),
    );
  }

  function spoilSignature(frame: Said): Said {
    server.spoilt += 1;
    server.envelopes += 1;
    const payload = new Uint8Array(frame.message.payload);
    // Within the signature at the end of the last envelope.
    payload[payload.length - 10 - random.below(50)]! ^= 1;
    return { ...frame, message: { ...frame.message, payload } };
  }
  return server;
}

type Said = ServerFrame & { readonly type: 'sync' };
/** Of an update with an envelope in it, bytes. */
const LEAST = 200;

function isSaid(frame: ServerFrame): frame is Said {
  if (frame.type !== 'sync' || !frame.document.startsWith('m.')) return false;
  const { step, payload } = frame.message;
  return step !== 'state-vector' && payload.length > LEAST;
}
