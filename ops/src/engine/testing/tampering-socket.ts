import type { EnginePlatform } from '@sotto/client';
import {
  type DeviceFrame,
  decodeDeviceFrame,
  decodeServerFrame,
  encodeServerFrame,
  packFrames,
  type ServerFrame,
  unpackFrames,
} from '@sotto/protocol';
import WebSocket from 'ws';

type WebSocketLike = ReturnType<EnginePlatform['openSocket']>;

/** Who stands between a device and its server: what of a server's frames gets through, and what was sent. */
export interface Tampering {
  /** Frames to pass on in place of this one. */
  incoming?(frame: ServerFrame, socket: WebSocket): readonly ServerFrame[];
  outgoing?(frame: DeviceFrame, socket: WebSocket): void;
}

/** Opens real sockets whose frames pass through `tampering`. */
export function tamperingSockets(tampering: Tampering): EnginePlatform['openSocket'] {
  return (url) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    const pass = (data: unknown): ArrayBuffer | undefined => {
      const frames = unpackFrames(new Uint8Array(data as ArrayBuffer))
        .map((bytes) => decodeServerFrame(bytes))
        .flatMap((frame) => tampering.incoming?.(frame, socket) ?? [frame]);
      if (frames.length === 0) return undefined;
      return new Uint8Array(packFrames(frames.map(encodeServerFrame))).buffer;
    };
    return {
      binaryType: 'arraybuffer',
      get readyState() {
        return socket.readyState;
      },
      send(data: Uint8Array<ArrayBuffer>) {
        for (const bytes of unpackFrames(data)) tampering.outgoing?.(decodeDeviceFrame(bytes), socket);
        socket.send(data);
      },
      close: (code?: number) => socket.close(code),
      addEventListener(type: string, listener: (event: never) => void) {
        if (type !== 'message') socket.addEventListener(type as 'close', listener as never);
        else
          socket.addEventListener('message', ({ data }) => {
            const passed = pass(data);
            if (passed) listener({ data: passed } as never);
          });
      },
    } as WebSocketLike;
  };
}
