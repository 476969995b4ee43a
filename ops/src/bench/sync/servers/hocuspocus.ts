import type { Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { listening } from './listening.js';
import { peerModule } from './peer-module.js';

interface HocuspocusModule {
  readonly Server: new (options: {
    quiet: boolean;
    extensions: object[];
    stopOnSignals: boolean;
  }) => {
    readonly httpServer: HttpServer;
    readonly hocuspocus: { hooks(name: string, payload: object): Promise<unknown> };
    readonly configuration: object;
  };
}
interface SqliteModule {
  readonly SQLite: new (options: { database: string }) => { onConfigure(): Promise<void> };
}

/** hocuspocus with its sqlite extension and the intervals it comes with: a whole document is stored 2 to 10 s after a change. */
export async function startHocuspocus(folder: string): Promise<number> {
  const { Server } = await peerModule<HocuspocusModule>('hocuspocus');
  const { SQLite } = await peerModule<SqliteModule>('sqlite');
  const sqlite = new SQLite({ database: join(folder, 'documents.sqlite') });
  const server = new Server({ quiet: true, extensions: [sqlite], stopOnSignals: false });
  return listening(server.httpServer);
}
