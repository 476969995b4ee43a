import type { ConversationId } from '@sotto/protocol';
import type { CookieJar } from '../account/cookie-jar.js';
import type { Profiles } from '../store/profiles.js';
import type { WebSocketFactory } from '../sync/socket.js';

/** What an engine needs of where it runs. */
export interface EnginePlatform {
  /** Of the service, such as `https://sotto.example`. */
  readonly origin: string;
  readonly profiles: Profiles;
  readonly openSocket: WebSocketFactory;
  /** How people know this device: "Firefox on Linux". */
  readonly deviceName: string;
  readonly fetch?: typeof fetch;
  /** Keeps the refresh cookie where no browser does. */
  readonly cookies?: CookieJar;
  now?(): number;
  /**
   * Hears, once a chain, that envelopes have waited for its key for five minutes: something that should heal by itself did not. Counts
   * by conversation, never content, for whoever has somewhere to count them; people are told by the topic `details`.
   */
  keysOverdue?(waiting: ReadonlyMap<ConversationId, number>): void;
  /** Hears of what should not happen, such as a store that fails. Never of content. */
  report(error: unknown): void;
}
