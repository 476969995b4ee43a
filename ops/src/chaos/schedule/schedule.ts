import type { Fault, FaultKind, Wire } from './faults.js';
import { type Seeded, seeded } from './seeded.js';
import { clientsOf, conversationsOf, type Shape } from './shape.js';

/** Something that happens `at` milliseconds after the beginning. */
export type Step =
  | {
      readonly at: number;
      readonly do: 'write';
      readonly client: number;
      readonly conversation: number;
      readonly text: string;
    }
  | { readonly at: number; readonly do: 'read'; readonly client: number; readonly conversation: number }
  /** Everything under way in the group is refused then, and sealed anew. */
  | {
      readonly at: number;
      readonly do: 'rename';
      readonly client: number;
      readonly conversation: number;
      readonly name: string;
    }
  | { readonly at: number; readonly do: 'fault'; readonly fault: Fault };

/** What a schedule follows from, besides its seed. */
export interface Plan {
  readonly shape: Shape;
  readonly seconds: number;
  /** Texts a second, of everybody together. */
  readonly rate: number;
  /** The store is a CouchDB of so many nodes that can be killed; a LevelDB behind its host when left out. */
  readonly nodes?: number;
  /** What goes wrong; everything that can, when left out. */
  readonly only?: readonly FaultKind[];
}

/** Faults a second. */
const FAULTS = 1.2;
/** Renamed groups a second. */
const RENAMES = 0.4;
/** Of the clocks, milliseconds. */
const SKEW = 3 * 3_600_000;

/** Everything that will be done, in order of time; it follows from the seed and the plan alone. */
export function makeSchedule(seed: number, plan: Plan): Step[] {
  // Each from numbers of its own, so that another rate of writing leaves the faults as they were.
  const steps = [
    ...faults(seeded(seed), plan),
    ...talk(seeded(seed ^ 0x5bd1e995), plan),
    ...renames(seeded(seed ^ 0x2545f491), plan),
  ];
  return steps.sort((a, b) => a.at - b.at);
}

function talk(random: Seeded, { shape, seconds, rate }: Plan): Step[] {
  const steps: Step[] = [];
  for (let number = 0; number < seconds * rate; number += 1) {
    const client = random.below(shape.accounts.length);
    const conversation = random.pick(conversationsOf(shape, client));
    // Some are long, so that frames come in several pieces.
    const padding = random.below(8) === 0 ? random.below(3_000) : random.below(60);
    const text = `w${number} ${'.'.repeat(padding)}`;
    steps.push({ at: random.below(seconds * 1_000), do: 'write', client, conversation, text });
    if (random.below(4) > 0) continue;
    const reader = random.below(shape.accounts.length);
    const read = random.pick(conversationsOf(shape, reader));
    steps.push({ at: random.below(seconds * 1_000), do: 'read', client: reader, conversation: read });
  }
  return steps;
}

function renames(random: Seeded, { shape, seconds }: Plan): Step[] {
  const groups = [...shape.conversations.entries()].filter(([, members]) => members.length > 2);
  return Array.from({ length: Math.floor(seconds * RENAMES) }, (_, number) => {
    const [conversation, [founder]] = random.pick(groups) as [number, [number]];
    const client = random.pick(
      clientsOf(shape, conversation).filter((one) => shape.accounts[one] === founder),
    );
    const at = random.below(seconds * 1_000);
    return { at, do: 'rename', client, conversation, name: `name ${number}` };
  });
}

type Make = (random: Seeded, plan: Plan) => Fault;

const replica = (random: Seeded, { shape }: Plan) => `replica:${random.below(shape.replicas)}` as const;
const crew = (random: Seeded, { shape }: Plan) => `crew:${random.below(shape.crews.length)}` as const;
const client = (random: Seeded, { shape }: Plan) => `client:${random.below(shape.accounts.length)}` as const;
const short = (random: Seeded) => random.between(100, 1_500);
const middling = (random: Seeded) => random.between(500, 4_000);

function wire(random: Seeded, plan: Plan): Wire {
  const kind = random.below(4);
  if (kind === 0) return replica(random, plan);
  if (kind === 1) return random.below(4) === 0 ? 'store:auth' : `store:${random.below(plan.shape.replicas)}`;
  return client(random, plan);
}

/** What can happen whatever the store is; what is here twice happens twice as often. */
const ALWAYS: readonly Make[] = [
  (random, plan) => ({ kind: 'kill', place: replica(random, plan), ms: short(random) }),
  (random, plan) => ({ kind: 'kill', place: replica(random, plan), ms: short(random) }),
  (random, plan) => ({ kind: 'freeze', place: replica(random, plan), ms: middling(random) }),
  (random, plan) => ({ kind: 'drain', place: replica(random, plan), ms: short(random) }),
  (random) => ({ kind: 'kill', place: 'auth', ms: short(random) }),
  (random, plan) => ({ kind: 'cut', wire: wire(random, plan), torn: random.below(2) === 0, ms: 0 }),
  (random, plan) => ({ kind: 'cut', wire: wire(random, plan), torn: true, ms: 0 }),
  (random, plan) => ({ kind: 'block', wire: wire(random, plan), ms: middling(random) }),
  (random, plan) => ({
    ...{ kind: 'hold', wire: wire(random, plan), ms: middling(random) },
    side: random.pick(['there', 'back', 'both'] as const),
  }),
  (random, plan) => ({
    kind: 'delay',
    wire: wire(random, plan),
    by: random.between(20, 800),
    ms: middling(random),
  }),
  (random, plan) => ({
    ...{ kind: 'skew', ms: middling(random), by: random.between(-SKEW, SKEW) },
    place:
      random.below(2) === 0 ? replica(random, plan) : random.below(2) === 0 ? 'auth' : crew(random, plan),
  }),
  (random, plan) => {
    const away = short(random);
    return {
      kind: 'offline',
      crew: random.below(plan.shape.crews.length),
      away,
      ms: away + middling(random),
    };
  },
];

/** Where the store is a LevelDB behind its host. */
const OF_HOST: readonly Make[] = [
  (random) => ({ kind: 'kill', place: 'store', ms: short(random) }),
  (random) => ({ kind: 'kill', place: 'store', ms: short(random) }),
  (random) => ({ kind: 'freeze', place: 'store', ms: short(random) }),
  (random) => ({ kind: 'fill', room: random.between(0, 6_000), ms: middling(random) }),
  (random) => ({ kind: 'fill', room: random.between(0, 6_000), ms: middling(random) }),
  (random) => ({ kind: 'skew', place: 'store', by: random.between(-SKEW, SKEW), ms: middling(random) }),
];

function faults(random: Seeded, plan: Plan): Step[] {
  const makes = possible(plan);
  const steps: Step[] = [];
  // All kinds in turn, so that a short run meets each; each turn in another order.
  let turn: Make[] = [];
  const count = makes.length > 0 ? Math.ceil(plan.seconds * FAULTS) : 0;
  for (let number = 0; number < count; number += 1) {
    if (turn.length === 0) turn = random.shuffle(makes);
    const at = Math.floor(((number + random.below(1_000) / 1_000) / count) * plan.seconds * 1_000);
    steps.push({ at, do: 'fault', fault: turn.pop()!(random, plan) });
  }
  return steps;
}

function possible({ nodes, only, ...plan }: Plan): readonly Make[] {
  const ofNode: Make = (random) => ({
    ...{ kind: 'node', node: random.below(nodes ?? 1) },
    ms: random.between(1_000, 6_000),
  });
  const ofStore = nodes === undefined ? OF_HOST : nodes > 0 ? [ofNode, ofNode] : [];
  const all = [...ALWAYS, ...ofStore];
  // A kind is the same whatever numbers it is made from.
  return only ? all.filter((make) => only.includes(make(seeded(0), plan).kind)) : all;
}
