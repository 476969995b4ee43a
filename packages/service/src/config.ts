import type { BaseIssue, GenericSchema, InferOutput } from 'valibot';
import * as v from 'valibot';

/** The environment does not say what the service needs. Names settings, never their values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One line a mistake. */
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

/** A TCP port; 0 takes a free one. */
export const portField = v.pipe(v.string(), v.regex(/^[0-9]{1,5}$/), v.transform(Number), v.maxValue(65_535));
/** A count, size or time as a whole number. */
export const wholeNumberField = v.pipe(v.string(), v.regex(/^[0-9]{1,15}$/), v.transform(Number));
/** `true` or `false`. */
export const flagField = v.pipe(
  v.picklist(['true', 'false']),
  v.transform((text) => text === 'true'),
);

/**
 * Reads a service's settings.
 * @param schema an object of settings by their names in the environment; others are ignored
 * @param env an empty setting counts as missing
 * @throws ConfigError with every mistake at once
 * @example readConfig(v.object({ PORT: v.optional(portField, '8080') }), process.env)
 */
export function readConfig<const S extends GenericSchema>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): InferOutput<S> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = v.safeParse(schema, given);
  if (!result.success) throw new ConfigError(result.issues.map((issue) => describeIssue(issue, given)));
  return result.output;
}

/** Valibot's own messages quote what they received, which may be a secret: only what was expected is repeated. */
function describeIssue(issue: BaseIssue<unknown>, given: Readonly<Record<string, unknown>>): string {
  const name = v.getDotPath(issue) ?? 'settings';
  if (!Object.hasOwn(given, name)) return `${name} is missing`;
  if (!issue.message.startsWith('Invalid ')) return `${name}: ${issue.message}`;
  return issue.expected === null
    ? `${name} is not a valid ${issue.type}`
    : `${name}: expected ${issue.expected}`;
}
