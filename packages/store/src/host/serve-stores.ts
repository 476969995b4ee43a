import { chmod, unlink } from 'node:fs/promises';
import type { Server } from 'node:net';
import { createConnection, createServer } from 'node:net';
import { ByteWriter } from '@sotto/protocol';
import { StoreOpenError } from '../level/store-open-error.js';
import type { LevelStores } from '../open-level.js';
import { writeRecords } from './fields.js';
import { frame } from './framing.js';
import { RECORDS } from './operations.js';
import type { ConnectionBounds } from './served-connection.js';
import { ServedConnection } from './served-connection.js';

export interface StoreHost {
  /** Servers that are connected. */
  readonly connections: number;
  /** Takes no more connections, finishes what was asked, closes. The stores stay their opener's to close. */
  close(): Promise<void>;
}

export interface StoreHostOptions extends Partial<ConnectionBounds> {
  /** Is told why a server's connection was cut. */
  readonly onFailure?: (error: unknown) => void;
}

const BOUNDS: ConnectionBounds = { pendingBytes: 32 * 1024 * 1024, unsentBytes: 64 * 1024 * 1024 };

/**
 * Lets other processes of this machine share stores that only one process can have open. They decide nothing: groups are
 * committed and positions, claims and conditions decided here, so that every rule holds across them.
 * @param path of a socket, made for the owner of this process alone; one that a dead host left behind is replaced
 * @throws StoreOpenError `store/locked` when another host answers there, `store/unwritable` when it can't be made
 */
export async function serveStores(
  stores: LevelStores,
  path: string,
  options: StoreHostOptions = {},
): Promise<StoreHost> {
  const { onFailure = () => undefined, ...bounds } = options;
  const connections = new Set<ServedConnection>();
  const server = createServer((socket) => {
    const connection = new ServedConnection(socket, stores, { ...BOUNDS, ...bounds }, onFailure);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  await listen(server, path);
  // Whoever loses its connection takes it that it missed something.
  const interrupted = () => {
    for (const connection of connections) connection.drop();
  };
  const leave = stores.log.tail((records) => {
    const writer = new ByteWriter(1_024).byte(RECORDS);
    writeRecords(writer, records[0]!.document, records);
    const told = frame(writer.finish());
    for (const connection of connections) connection.tell(told);
  }, interrupted);
  return {
    get connections() {
      return connections.size;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...connections].map((connection) => connection.idle()));
      leave();
      for (const connection of connections) connection.end();
      await closed;
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  try {
    await tryListen(server, path);
  } catch (error) {
    if (!isTaken(error)) throw new StoreOpenError('store/unwritable', path, error);
    if (await answers(path)) throw new StoreOpenError('store/locked', path, error);
    await unlink(path);
    await tryListen(server, path);
  }
  await chmod(path, 0o600);
}

function tryListen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

/** Whether somebody listens there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
