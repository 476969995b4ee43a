/** Something that must not be anywhere, and what to call it without saying it. */
export interface Needle {
  readonly name: string;
  /** At least {@link LEAST_BYTES}: text, or bytes such as a key's. */
  readonly secret: string | Uint8Array;
}

/** One form in which a needle may have been written. */
export interface Pattern {
  readonly needle: string;
  /** Such as `base64 of utf-16le`. */
  readonly form: string;
  readonly bytes: Buffer;
}

/** Shorter ones would be found by chance in base64. */
export const LEAST_BYTES = 8;

type Form = readonly [form: string, bytes: Buffer];

/** Every form of the needles that {@link findPatterns} looks for. @throws RangeError for a needle that is too short */
export function patternsOf(needles: readonly Needle[]): Pattern[] {
  return needles.flatMap(({ name, secret }) => {
    const plain = typeof secret === 'string' ? textForms(secret) : [['bytes', Buffer.from(secret)] as const];
    if (plain[0]![1].length < LEAST_BYTES) throw new RangeError(`needle '${name}' is too short to look for`);
    const seen = new Map<string, Pattern>();
    for (const [form, bytes] of plain.flatMap((one) => [one, ...encodedForms(one)]))
      if (!seen.has(bytes.toString('latin1')))
        seen.set(bytes.toString('latin1'), { needle: name, form, bytes });
    return [...seen.values()];
  });
}

function textForms(text: string): Form[] {
  const little = Buffer.from(text, 'utf16le');
  return [
    ['utf-8', Buffer.from(text, 'utf8')],
    ['utf-16le', little],
    ['utf-16be', Buffer.from(little).swap16()],
    ['percent', Buffer.from(encodeURIComponent(text))],
    ['form', Buffer.from(new URLSearchParams({ _: text }).toString().slice(2))],
    ['json', Buffer.from(JSON.stringify(text).slice(1, -1))],
    [
      'escaped',
      Buffer.from(
        text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
      ),
    ],
  ];
}

function encodedForms([form, bytes]: Form): Form[] {
  const hex = bytes.toString('hex');
  const forms: Form[] = [
    [`hex of ${form}`, Buffer.from(hex)],
    [`HEX of ${form}`, Buffer.from(hex.toUpperCase())],
  ];
  for (const lead of [0, 1, 2]) {
    const inner = base64Within(bytes, lead);
    const url = inner.replaceAll('+', '-').replaceAll('/', '_');
    for (const [kind, text] of [
      ['base64', inner],
      ['base64url', url],
    ] as const) {
      forms.push([`${kind} of ${form}`, Buffer.from(text)]);
      // Where it is kept as a string of two-byte characters.
      forms.push([`${kind} of ${form}, as utf-16le`, Buffer.from(text, 'utf16le')]);
    }
  }
  return forms;
}

/**
 * The base64 characters that the needle alone decides when it begins `lead` bytes into a group of three: those that share
 * bits with its neighbours are left out.
 */
function base64Within(bytes: Buffer, lead: number): string {
  const text = Buffer.concat([Buffer.alloc(lead), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const from = Math.ceil((lead * 8) / 6);
  const to = Math.floor(((lead + bytes.length) * 8) / 6);
  return text.slice(from, to);
}

/** The patterns that occur in these bytes. */
export function findPatterns(bytes: Buffer, patterns: readonly Pattern[]): Pattern[] {
  return patterns.filter((pattern) => bytes.includes(pattern.bytes));
}
