import WebSocket from 'ws';
import type { PersonOptions } from '../../people/person.js';

/** A network that can be pulled out of one device. */
export interface Plug {
  readonly options: Required<Pick<PersonOptions, 'openSocket' | 'fetch'>>;
  /** Cuts the socket; nothing gets through until {@link putIn}. */
  pull(): void;
  putIn(): void;
}

export function plug(): Plug {
  let isOut = false;
  const sockets = new Set<WebSocket>();
  return {
    options: {
      openSocket: (url) => {
        const socket = new WebSocket(isOut ? 'ws://127.0.0.1:1' : url);
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        return socket;
      },
      fetch: (...input) => (isOut ? Promise.reject(new TypeError('no network')) : fetch(...input)),
    },
    pull() {
      isOut = true;
      for (const socket of sockets) socket.terminate();
    },
    putIn() {
      isOut = false;
    },
  };
}
