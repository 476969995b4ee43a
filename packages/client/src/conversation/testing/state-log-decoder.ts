import { DecodeError, encodeCbor } from '@sotto/protocol';
import { type Fuzzed, readAnyCbor } from '@sotto/protocol/testing';
import { group, laptop, people, story } from '../group-fixture.js';
import { decodeStateEvent, encodeStateEvent, type StateEvent, stateEventHash } from '../state-event.js';
import { foldState } from '../state-fold.js';
import { StateHeads } from '../state-heads.js';
import type { VerifiedStateEvent } from '../state-signature.js';

/** Everything that members of a group may do, on two sides that do not know of each other. */
async function told(): Promise<Uint8Array[]> {
  const [ada, ben, cyd, dan, eve] = people;
  const end = { device: laptop.device, generation: 1, seq: 4, hash: new Uint8Array(16) };
  const { create, by } = await story();
  const added = await by(ada, [create]).add(dan);
  const renamed = await by(ben, [added]).rename('Climbers');
  const role = await by(ada, [renamed]).role(dan, 'admin');
  const past = await by(ada, [role]).past(true);
  const bound = await by(ben, [past]).bound([laptop], [end]);
  const beside = await by(laptop, [past]).rename('Old');
  const identity = await by(ben, [bound, beside]).identity(cyd, eve.identity);
  const removed = await by(ada, [identity]).remove(ben);
  const against = await by(ben, [identity]).remove(ada);
  const left = await by(cyd, [removed]).leave();
  const epoch = await by(dan, [left, against]).epoch(2);
  return [create, added, renamed, role, past, bound, beside, identity, removed, against, left, epoch].map(
    ({ event }) => encodeStateEvent(event as Exclude<StateEvent, { type: 'unknown' }>),
  );
}

/** What the events of a log say, as if each had been signed by whom it names: any member may write any of them. */
function events(bytes: Uint8Array): VerifiedStateEvent[] {
  const contents = readAnyCbor(bytes);
  if (!Array.isArray(contents)) throw new DecodeError('shape', 'state log');
  return contents.map((content: unknown) => {
    if (!(content instanceof Uint8Array)) throw new DecodeError('shape', 'state log');
    const event = decodeStateEvent(content);
    return { event, hash: stateEventHash(content) } as VerifiedStateEvent;
  });
}

/** The fold of a whole state log. */
export const stateLog: Fuzzed = {
  samples: async () => [encodeCbor(await told())],
  decode(bytes) {
    const log = events(bytes);
    const fold = foldState(group, log);
    new StateHeads(log).has(new Uint8Array(16));
    return fold;
  },
  form: 'cbor',
};

/** Every kind of event. */
export const stateEventSamples = told;
