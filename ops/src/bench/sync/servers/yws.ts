import { createServer, type IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { listening } from './listening.js';
import { peerModule } from './peer-module.js';

interface YwsModule {
  setupWSConnection(socket: WebSocket, request: IncomingMessage): void;
}

/**
 * `@y/websocket-server`, put together as its own `server.js` does, on the project's `ws`.
 * @param folder of y-leveldb; in memory when left out
 */
export async function startYws(folder?: string): Promise<number> {
  // Read when its module is loaded.
  if (folder) process.env.YPERSISTENCE = folder;
  const { setupWSConnection } = await peerModule<YwsModule>('yws');
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer().on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (ws) => setupWSConnection(ws, request)),
  );
  return listening(server);
}
