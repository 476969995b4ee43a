import { en } from './en.js';

/** A sentence, or one for each plural category of its language. */
type Entry = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;
type Catalogue = Readonly<Record<string, Entry>>;

type Holes<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Holes<Rest> : never;
type Sentences<E> = E extends string ? E : E[keyof E];
type Filled<E> = Record<Holes<Sentences<E>>, string | number> &
  (E extends string ? unknown : { count: number });
type Values<E> = E extends string ? ([Holes<E>] extends [never] ? [] : [Filled<E>]) : [Filled<E>];

export type Direction = 'ltr' | 'rtl';

const RTL_LANGUAGES = new Set([
  'ar',
  'arc',
  'ckb',
  'dv',
  'fa',
  'ha',
  'he',
  'khw',
  'ks',
  'ps',
  'sd',
  'ur',
  'yi',
]);
const RTL_LETTER = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const ISOLATE = '\u2068';
const END_ISOLATE = '\u2069';

/** Which way a language is written. */
export function directionOf(locale: string): Direction {
  return RTL_LANGUAGES.has(new Intl.Locale(locale).language) ? 'rtl' : 'ltr';
}

/** The catalogue's own language. A second catalogue would be chosen here by what the browser prefers. */
export const LANGUAGE = 'en';

const plurals = new Intl.PluralRules(LANGUAGE);
const numbers = new Intl.NumberFormat(LANGUAGE);
let pageDirection: Direction = directionOf(LANGUAGE);

/** Tells which way the page runs, so that names of the other direction are kept apart from the sentence around them. */
export function setPageDirection(direction: Direction): void {
  pageDirection = direction;
}

function written(value: string | number): string {
  if (typeof value === 'number') return numbers.format(value);
  const foreign = RTL_LETTER.test(value) !== (pageDirection === 'rtl');
  return foreign ? `${ISOLATE}${value}${END_ISOLATE}` : value;
}

/** Sentences of a catalogue by key; `count` also chooses the plural. */
export type Say<C extends Catalogue> = <K extends keyof C>(key: K, ...values: Values<C[K]>) => string;

/** A way to say what stands in a catalogue. */
export function sayFrom<C extends Catalogue>(catalogue: C): Say<C> {
  return (key, ...[values]) => {
    const entry: Entry = catalogue[key]!;
    const filled: Readonly<Record<string, string | number>> = values ?? {};
    const sentence =
      typeof entry === 'string' ? entry : (entry[plurals.select(Number(filled.count))] ?? entry.other);
    return sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => written(filled[name] ?? ''));
  };
}

/**
 * The words of what is there at once. Pages that are loaded when they are shown say theirs by `say` of `pages.ts`.
 * @example say('banner.back-sent', { count: 3 }) // "Back. 3 messages went out."
 */
export const say = sayFrom(en);

const lists = new Intl.ListFormat(LANGUAGE);

/** Names in a row, as the language joins them: "noor, teo and ilse". */
export function sayList(names: readonly string[]): string {
  return lists.format(names.map(written));
}
