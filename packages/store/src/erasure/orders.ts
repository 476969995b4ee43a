import { createHash } from 'node:crypto';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { Claim, ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';

/** Erasures that were asked for and are not done: durable work, for whichever server gets to it. */
export const ERASURE_ORDERS = 'erasure:';
/** What is done of each erasure, with times and counts and without a word of what it was. */
export const ERASURE_STEPS = 'erasure-step:';

const order = v.strictObject({
  v: v.literal(1),
  what: v.picklist(['account', 'conversation']),
  id: v.string(),
});
/** What is to be erased. */
export type ErasureOrder = Pick<v.InferOutput<typeof order>, 'what' | 'id'>;

const step = v.strictObject({
  v: v.literal(1),
  what: v.picklist(['account', 'conversation']),
  count: schemas.count,
});

/** An order that is not done. */
export interface OpenOrder extends ErasureOrder {
  /** By which the parts of it are named. */
  readonly name: string;
  /** When it was asked for, milliseconds since 1970. */
  readonly at: number;
}

/** One thing that is done. */
export interface ErasureStep {
  readonly part: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of whatever was deleted. */
  readonly count: number;
}

/** How far an erasure is. */
export interface ErasureProgress {
  readonly what: ErasureOrder['what'];
  /** Milliseconds since 1970. */
  readonly asked: number;
  readonly done: readonly ErasureStep[];
  /** Nothing more is to be done. */
  readonly finished: boolean;
}

/** The step that says that the order was taken. */
export const ASKED = 'asked';
/** The step that says that nothing is left to do. */
export const FINISHED = 'finished';

/**
 * The name that claims of an erasure go by. Who reads them learns nothing that opens its progress.
 * @param receipt what the one who asked knows it by: secret, at least 16 random bytes
 */
export function erasureName(receipt: Uint8Array): string {
  return createHash('sha256').update('Sotto erasure v1 ').update(receipt).digest('base64url');
}

function stepPrefix(name: string): string {
  return `${ERASURE_STEPS}${name}:`;
}

/** Orders an erasure. Asking again, with the same receipt, changes nothing. @returns whether it is this very one */
export async function orderErasure(
  claims: ClaimStore,
  name: string,
  { what, id }: ErasureOrder,
): Promise<boolean> {
  // One that is done is not begun again.
  if (await claims.get(stepPrefix(name) + FINISHED)) return true;
  const body = encodeCbor({ v: 1, what, id });
  const key = ERASURE_ORDERS + name;
  try {
    await claims.own(key, body);
    return true;
  } catch (error) {
    if (!(error instanceof ClaimTakenError)) throw error;
    const before = await claims.get(key);
    return before === undefined || Buffer.compare(before.body, body) === 0;
  }
}

export async function openOrders(claims: ClaimStore): Promise<OpenOrder[]> {
  return (await claims.list({ prefix: ERASURE_ORDERS })).map(readOrder);
}

export async function openOrder(claims: ClaimStore, name: string): Promise<OpenOrder | undefined> {
  const claim = await claims.get(ERASURE_ORDERS + name);
  return claim && readOrder(claim);
}

function readOrder({ key, body, at }: Claim): OpenOrder {
  const { what, id } = decodeCbor(order, body);
  return { name: key.slice(ERASURE_ORDERS.length), what, id, at };
}

/** Says that a part is done. */
export async function writeStep(
  claims: ClaimStore,
  { name, what }: OpenOrder,
  part: string,
  count: number,
): Promise<void> {
  try {
    await claims.own(stepPrefix(name) + part, encodeCbor({ v: 1, what, count }));
  } catch (error) {
    if (!(error instanceof ClaimTakenError)) throw error;
  }
}

/** In the order in which they were done. */
export async function readSteps(claims: ClaimStore, name: string): Promise<ErasureStep[]> {
  const prefix = stepPrefix(name);
  const steps = (await claims.list({ prefix })).map(({ key, body, at }) => ({
    part: key.slice(prefix.length),
    at,
    count: decodeCbor(step, body).count,
  }));
  return steps.sort((a, b) => a.at - b.at);
}

/** Everything is done: what the order was about is forgotten with it. */
export async function finishOrder(claims: ClaimStore, open: OpenOrder): Promise<void> {
  await writeStep(claims, open, FINISHED, 0);
  await claims.erase([ERASURE_ORDERS + open.name]);
}

/** How far it is; undefined for one that nobody asked for, or that was done so long ago that it is forgotten. */
export async function erasureProgress(
  claims: ClaimStore,
  receipt: Uint8Array,
): Promise<ErasureProgress | undefined> {
  const name = erasureName(receipt);
  const open = await openOrder(claims, name);
  const [first] = await claims.list({ prefix: stepPrefix(name) + ASKED, limit: 1 });
  if (!open && !first) return undefined;
  const done = (await readSteps(claims, name)).filter(({ part }) => part !== ASKED);
  return {
    what: open?.what ?? decodeCbor(step, first!.body).what,
    asked: open?.at ?? first!.at,
    done,
    finished: !open && done.some(({ part }) => part === FINISHED),
  };
}
