import type { DocumentName } from '@sotto/protocol';
import { feedRoot } from '@sotto/protocol';
import { WebSocket } from 'ws';
import { Awareness } from 'y-protocols/awareness';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import type { Person } from './server.js';

const PATIENCE_MS = 8_000;

/** The stock provider as an application would use it: own client id, token as its subprotocol. */
export class StockDevice {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly provider: WebsocketProvider;
  readonly root: string;
  /** Close code that ended it for good. */
  ended: number | undefined;
  /** Connections that were closed on it. */
  closes = 0;

  constructor(
    url: string,
    who: Person,
    document: DocumentName,
    client: number,
    token: string,
    doc = new Y.Doc(),
  ) {
    this.doc = doc;
    doc.clientID = client;
    this.root = feedRoot(who.device, client);
    this.awareness = new Awareness(doc);
    this.provider = new WebsocketProvider(url, document, doc, {
      protocols: [token],
      awareness: this.awareness,
      disableBc: true,
      maxBackoffTime: 200,
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    });
    this.provider.on('connection-close', () => {
      this.closes += 1;
    });
    this.provider.on('closed', ({ code }: { code: number }) => {
      this.ended = code;
    });
  }

  push(...envelopes: Uint8Array[]): void {
    this.doc.getArray<Uint8Array>(this.root).push(envelopes);
  }

  /** What this device holds of a feed. */
  feed(root: string): Uint8Array[] {
    return this.doc.getArray<Uint8Array>(root).toArray();
  }

  async synced(): Promise<void> {
    await eventually(() => this.provider.synced, 'synced');
  }

  stop(): void {
    this.provider.destroy();
    this.awareness.destroy();
  }
}

/** Waits until something holds that must come to hold. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`never ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
