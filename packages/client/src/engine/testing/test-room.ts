import type { AccountId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { directConversationId } from '../../conversation/direct.js';
import { Room } from '../room/room.js';
import { type TestDevice, testDevice } from './test-device.js';
import { updateOf, Writer } from './writer.js';

/** A room of a device that never gets online, and the other person in it. */
export interface TestRoom {
  readonly device: TestDevice;
  readonly room: Room;
  readonly peer: Writer;
  readonly told: { changed: number; heard: number; unblocked: number };
  /** Texts of the other person come. */
  hear(...texts: readonly string[]): Promise<void>;
  /** The same in the device's next process. */
  reopen(): Promise<TestRoom>;
}

/** @param peer by default somebody whose chain is here */
export async function testRoom(device?: TestDevice, writer?: Writer): Promise<TestRoom> {
  const kept = device ?? (await testDevice());
  const account = writer?.account ?? randomId<AccountId>();
  const conversation = directConversationId(kept.self.account, account);
  const peer = writer ?? new Writer({ conversation, account });
  const told = { changed: 0, heard: 0, unblocked: 0 };
  const events = {
    changed: () => {
      told.changed += 1;
    },
    shownAgain: () => {},
    heard: () => {
      told.heard += 1;
    },
    unblocked: () => {
      told.unblocked += 1;
    },
  };
  const room = await Room.load(kept.context, events, conversation, { kind: 'direct', peer: account });
  return {
    ...{ device: kept, room, peer, told },
    async hear(...texts) {
      const change = room.chains.accept(peer.received());
      await kept.context.keys.write(change.writes);
      change.done();
      for (const text of texts) {
        const sealed = await peer.say(text);
        await room.take(sealed.position.document, updateOf([sealed]));
      }
    },
    async reopen() {
      return testRoom(await kept.reopen(), peer);
    },
  };
}
