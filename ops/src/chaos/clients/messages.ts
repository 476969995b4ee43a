import type { ConversationId } from '@sotto/protocol';

/** Where a client lives. */
export interface ClientSettings {
  readonly client: number;
  readonly name: string;
  readonly folder: string;
  /** Of the auth server, by the client's own link. */
  readonly origin: string;
  /** Of the sync servers, likewise. */
  readonly sync: string;
}

/** Asked of a process of clients. */
export interface Question {
  readonly ask: number;
  readonly client: number;
  /** A call of the engine's, or one of `#open`, `#look`, `#timeline`, `#follow`. */
  readonly call: string;
  readonly input: unknown;
}

/** Its answer. */
export interface Answer {
  readonly answer: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly code?: string };
}

/** An envelope that a server acknowledged: its place, and a hash of its bytes. */
export type Acknowledged = readonly [document: string, client: number, clock: number, hash: string];

/** What clients say of themselves. */
export type Told =
  | { readonly told: 'ready' }
  | { readonly told: 'acknowledged'; readonly client: number; readonly records: readonly Acknowledged[] }
  /** Own messages that show as sent. */
  | { readonly told: 'sent'; readonly client: number; readonly texts: readonly string[] }
  | { readonly told: 'fault'; readonly client: number; readonly fault: string };

/** How a client stands. */
export interface Look {
  readonly session: string;
  readonly connection: string;
  readonly queued: number;
  readonly error: string | null;
  /** What its socket waits for. */
  readonly wire: string;
  readonly conversations: readonly {
    readonly id: ConversationId;
    readonly kind: 'direct' | 'group';
    readonly name: string;
    readonly standing: string;
    readonly held: boolean;
  }[];
}

/** One line of a timeline as it is compared. */
export interface Line {
  readonly kind: string;
  readonly id: string;
  readonly text: string;
  readonly mark: string | null;
}
