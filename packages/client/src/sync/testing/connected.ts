import WebSocket from 'ws';
import { Connection, type ConnectionOptions } from '../connection.js';
import { type RecordingEvents, recordingEvents } from './recording-events.js';
import type { PeerSocket, SyncPeer } from './sync-peer.js';

/** A connection and the server's end of its first socket. */
export interface Connected {
  readonly connection: Connection;
  readonly events: RecordingEvents;
  readonly socket: PeerSocket;
}

/** Options of a connection to this peer; back-off as short as it gets. */
export function optionsFor(peer: SyncPeer, more: Partial<ConnectionOptions> = {}): ConnectionOptions {
  return {
    url: peer.url,
    openSocket: (url) => new WebSocket(url),
    accessToken: async () => 'token',
    grants: () => [],
    lease: async () => ({ number: 1, nonce: new Uint8Array(16) }),
    random: () => 0,
    ...more,
  };
}

/** A connection that is online. */
export async function connected(peer: SyncPeer, more: Partial<ConnectionOptions> = {}): Promise<Connected> {
  const events = recordingEvents();
  const connection = new Connection(optionsFor(peer, more), events);
  connection.connect();
  const socket = await peer.accept();
  await socket.welcome();
  await events.until('welcome', 1);
  return { connection, events, socket };
}
