/** Labels that there may be: each is one of a few values, whoever does whatever. */
const LABELS = new Set([
  ...[
    'le',
    'quantile',
    'method',
    'route',
    'status',
    'code',
    'kind',
    'request',
    'outcome',
    'store',
    'operation',
  ],
  // Of prom-client's own.
  ...['type', 'space', 'version', 'major', 'minor', 'patch'],
]);
const PREFIXES = /^(?:sotto|process|nodejs)_[a-z0-9_]+$/;
/** Units that are no base units (Prometheus, "Metric and label naming"). */
const OTHER_UNITS =
  /_(?:ms|millis|milliseconds|micros|microseconds|minutes|hours|kb|kib|mb|mib|kilobytes|megabytes|percent)(?:_|$)/;
/** What a series ends with besides the name of its family. */
const PARTS = /_(?:bucket|sum|count)$/;
/** An id of ours (SPEC D5), an address of mail, a token. */
const PERSONAL = /(?:^|[^A-Za-z0-9_-])[A-Za-z0-9_-]{22}(?:$|[^A-Za-z0-9_-])|@|eyJ/;
const MOST_SERIES = 2_000;

/**
 * Looks whether metrics are named as Prometheus asks (base units, `_total` of counters, help and type of each), and whether
 * any label could name somebody.
 * @param text as `/metrics` answers
 * @returns what is wrong, a line each
 */
export function lintMetrics(text: string): string[] {
  const wrong: string[] = [];
  const types = new Map<string, string>();
  const helped = new Set<string>();
  let series = 0;
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, help] = /^# HELP (\S+) \S/.exec(line) ?? [];
    const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (help) helped.add(help);
    else if (typed) {
      types.set(typed, type!);
      wrong.push(...lintFamily(typed, type!));
    } else if (!line.startsWith('#')) {
      series += 1;
      wrong.push(...lintSeries(line, types, helped));
    }
  }
  if (series > MOST_SERIES) wrong.push(`${series} series`);
  return wrong;
}

function lintFamily(name: string, type: string): string[] {
  const wrong: string[] = [];
  if (!PREFIXES.test(name)) wrong.push(`${name}: forbidden name`);
  if (OTHER_UNITS.test(name)) wrong.push(`${name}: not in a base unit`);
  // Node's own of prom-client are as they are.
  if (!name.startsWith('sotto_')) return wrong;
  if (type === 'counter' && !name.endsWith('_total')) wrong.push(`${name}: a counter without _total`);
  if (type !== 'counter' && name.endsWith('_total')) wrong.push(`${name}: no counter, yet _total`);
  if (type === 'histogram' && !/_(?:seconds|bytes)$/.test(name))
    wrong.push(`${name}: a histogram without a unit`);
  return wrong;
}

function lintSeries(line: string, types: ReadonlyMap<string, string>, helped: ReadonlySet<string>): string[] {
  const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
  if (!name) return [`no series: ${line}`];
  const wrong: string[] = [];
  const family = types.has(name) ? name : name.replace(PARTS, '');
  if (!types.has(family)) wrong.push(`${name}: no type`);
  if (!helped.has(family)) wrong.push(`${name}: no help`);
  if (Number.isNaN(Number(value?.replace('Inf', 'Infinity')))) wrong.push(`${name}: no number`);
  for (const [, label, said] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
    if (!LABELS.has(label!)) wrong.push(`${name}: label ${label}`);
    if (PERSONAL.test(said!)) wrong.push(`${name}: what ${label} says`);
  }
  return wrong;
}
