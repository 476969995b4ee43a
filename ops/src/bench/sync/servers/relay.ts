import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { listening } from './listening.js';

/** Passes every message on to the room's other sockets and knows nothing of what it says: what any server must cost at least that sends message by message. */
export function startRelay(): Promise<number> {
  const rooms = new Map<string, Set<WebSocket>>();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const enter = (socket: WebSocket, name: string) => {
    const room = rooms.get(name) ?? new Set();
    rooms.set(name, room.add(socket));
    socket.on('message', (message: Buffer) => {
      for (const other of room) if (other !== socket) other.send(message);
    });
    socket.on('close', () => room.delete(socket));
  };
  const server = createServer().on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (ws) => enter(ws, request.url ?? '')),
  );
  return listening(server);
}
