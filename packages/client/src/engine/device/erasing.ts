import { toBase64url } from '@sotto/protocol';
import type { AccountApi } from '../../account/http-api.js';
import { derivePasswordKeys } from '../../account/kdf.js';
import { tryAgain, waitFor } from '../../account/try-again.js';
import type { OpenDevice } from './open-device.js';

/** How long it is waited for that groups were left, milliseconds. The server ends what is left of it. */
const LEAVING_MS = 8_000;
const LOOK_MS = 50;

/** By which an erasure is asked for, and asked about when nothing else is left (SPEC O4). */
export function newReceipt(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(16));
}

/**
 * Has the account erased at the servers. Groups are left first, as people leave them: who stays reads that in the group, and goes on
 * under new keys.
 * @throws ProtocolError `auth/credentials-wrong`, `service/unavailable`: nothing was erased
 */
export async function eraseAccount(
  api: AccountApi,
  device: OpenDevice,
  username: string,
  password: string,
): Promise<{ receipt: string }> {
  const { kdf } = await api.prelogin({ login: username });
  const { authKey } = await derivePasswordKeys(password, kdf);
  // Nothing is left before the password is known to be right.
  await api.openAccount({ authKey });
  await leaveGroups(device);
  const receipt = newReceipt();
  await tryAgain(() => api.eraseAccount({ authKey: new Uint8Array(authKey), receipt }), waitFor);
  return { receipt: toBase64url(receipt) };
}

/** Has a group erased for everybody. @throws ProtocolError `auth/forbidden`, `service/unavailable` */
export async function eraseGroup(
  api: AccountApi,
  conversation: Parameters<AccountApi['eraseConversation']>[0]['conversation'],
): Promise<{ receipt: string }> {
  const receipt = newReceipt();
  await tryAgain(() => api.eraseConversation({ conversation, receipt }), waitFor);
  return { receipt: toBase64url(receipt) };
}

async function leaveGroups(device: OpenDevice): Promise<void> {
  const { context, rooms } = device;
  const leaving: ReturnType<typeof rooms.known> = [];
  for (const id of rooms.known()) {
    const open = await rooms.get(id);
    const isIn = open?.room.kind === 'group' && open.room.member && open.room.others.length > 0;
    if (!open || !isIn) continue;
    await context.wishes.add(id, { type: 'leave' });
    device.kick(open);
    leaving.push(id);
  }
  const isWaiting = () => leaving.some((id) => context.wishes.waiting(id).length > 0);
  for (let waited = 0; isWaiting() && waited < LEAVING_MS; waited += LOOK_MS) await waitFor(LOOK_MS);
}
