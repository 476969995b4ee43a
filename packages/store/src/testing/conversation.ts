import type {
  AccessChange,
  AccessMember,
  AccountId,
  ConversationId,
  DeviceId,
  LogRecord,
} from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import type { AdvanceRequest } from '../access/access-lists.js';
import { TestFeed } from './records.js';

/** Somebody's device, with a feed of its own in the state log of a conversation. */
export class TestMember {
  readonly account: AccountId;
  readonly device = randomId<DeviceId>();
  readonly feed: TestFeed;
  readonly #conversation: ConversationId;

  constructor(conversation: ConversationId, client: number, account = randomId<AccountId>()) {
    this.#conversation = conversation;
    this.account = account;
    this.feed = new TestFeed(documentName(logName('s', conversation), 0), client);
  }

  as(role: AccessMember['role']): AccessMember {
    return { account: this.account, role };
  }

  /** @param clocks of the state records that go with the change */
  request(counter: number, change: AccessChange, ...clocks: readonly number[]): AdvanceRequest {
    return this.requestWith(
      counter,
      change,
      clocks.map((clock) => this.feed.record(clock)),
    );
  }

  requestWith(counter: number, change: AccessChange, records: readonly LogRecord[]): AdvanceRequest {
    const { account, device } = this;
    return { conversation: this.#conversation, counter, change, by: { account, device }, records };
  }
}
