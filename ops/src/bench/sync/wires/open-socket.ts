import { WebSocket } from 'ws';

/** Opens a WebSocket to a server on this machine. @param heard every message, as a plain view */
export function openSocket(url: string, heard: (message: Uint8Array) => void): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
  socket.on('message', (data: Buffer) =>
    heard(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
  return new Promise((resolve, reject) => {
    // A killed server breaks its sockets: what was acknowledged is looked at, not how they ended.
    socket.on('error', reject);
    socket.once('open', () => resolve(socket));
  });
}
