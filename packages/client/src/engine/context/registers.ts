import { DecodeError, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';

/** What one register holds; null where it was emptied. */
export type RegisterValue = string | number | null;

interface Register {
  readonly version: number;
  readonly value: RegisterValue;
}

type Write = [group: string, name: string, version: number, value: RegisterValue];

/** How two writes of one register that did not know of each other become one. */
export type Joining =
  /** The one with more decisions before it; of two alike, the greater spelling. */
  | 'last'
  /** The greatest number ever written. */
  | 'greatest';

const MAX_WRITES = 1_024;
/** Of one update that brings what another lacks: names and texts together, in UTF-16 code units. Fits an envelope however it is spelt. */
const MAX_BROUGHT = 16_384;
const MAX_NAME = 256;
const MAX_TEXT = 16_384;

const update = v.strictObject({
  v: v.literal(1),
  writes: v.pipe(
    v.array(
      v.strictTuple([
        v.pipe(v.string(), v.maxLength(64)),
        v.pipe(v.string(), v.maxLength(MAX_NAME)),
        v.pipe(schemas.count, v.minValue(1)),
        v.union([v.pipe(v.string(), v.maxLength(MAX_TEXT)), schemas.count, v.null()]),
      ]),
    ),
    v.minLength(1),
    v.maxLength(MAX_WRITES),
  ),
});

/**
 * Named groups of registers that several devices write, apart or together: a state-based CRDT. Each register joins by a
 * total order, so any order and repetition of the same updates gives the same values (SPEC X21).
 */
export class Registers {
  readonly #groups = new Map<string, Map<string, Register>>();
  readonly #joining: (group: string) => Joining;

  constructor(joining: (group: string) => Joining) {
    this.#joining = joining;
  }

  get(group: string, name: string): RegisterValue {
    return this.#groups.get(group)?.get(name)?.value ?? null;
  }

  /** Every register of a group that is not empty. */
  entries(group: string): [name: string, value: string | number][] {
    return [...(this.#groups.get(group) ?? [])].flatMap(([name, { value }]) =>
      value === null ? [] : [[name, value] as [string, string | number]],
    );
  }

  /**
   * Writes registers of one group.
   * @returns the update that makes the same of the other devices' registers
   */
  write(group: string, values: readonly (readonly [name: string, value: RegisterValue])[]): Uint8Array {
    const writes = values.map(([name, value]) => {
      const version = (this.#groups.get(group)?.get(name)?.version ?? 0) + 1;
      this.#join(group, name, { version, value });
      return [group, name, version, value];
    });
    return encodeCbor({ v: 1, writes });
  }

  /** Takes in an update of another device. @returns false when it is none: nothing has changed */
  apply(bytes: Uint8Array): boolean {
    try {
      const { writes } = decodeCbor(update, bytes);
      for (const [group, name, version, value] of writes) this.#join(group, name, { version, value });
      return true;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  }

  /** What these hold and others do not, or hold something older in its place: updates that bring it. */
  missingIn(others: Registers): Uint8Array[] {
    const updates: Write[][] = [[]];
    let size = 0;
    for (const [group, registers] of this.#groups)
      for (const [name, { version, value }] of registers) {
        const theirs = others.#groups.get(group)?.get(name);
        if (theirs && !follows(theirs, { version, value }, this.#joining(group))) continue;
        const length = name.length + (typeof value === 'string' ? value.length : 0);
        if (updates.at(-1)!.length === MAX_WRITES || (size > 0 && size + length > MAX_BROUGHT)) {
          updates.push([]);
          size = 0;
        }
        updates.at(-1)!.push([group, name, version, value]);
        size += length;
      }
    return updates.filter((writes) => writes.length > 0).map((writes) => encodeCbor({ v: 1, writes }));
  }

  #join(group: string, name: string, written: Register): void {
    const registers = this.#groups.get(group) ?? new Map<string, Register>();
    this.#groups.set(group, registers);
    const known = registers.get(name);
    if (!known || follows(known, written, this.#joining(group))) registers.set(name, written);
  }
}

function follows(known: Register, written: Register, joining: Joining): boolean {
  if (joining === 'greatest' && known.value !== written.value) return greater(known.value, written.value);
  if (known.version !== written.version) return written.version > known.version;
  return greater(known.value, written.value);
}

/** Numbers above texts above nothing; the same on every device. */
function greater(known: RegisterValue, written: RegisterValue): boolean {
  if (typeof known === typeof written && known !== null && written !== null) return written > known;
  return rank(written) > rank(known);
}

function rank(value: RegisterValue): number {
  if (value === null) return 0;
  return typeof value === 'string' ? 1 : 2;
}
