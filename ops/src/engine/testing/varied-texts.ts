/** What people write, and what careless programs change on the way. One subject a line. */
const SAMPLES: readonly string[] = [
  'ok',
  'Did the ferry times change again?',
  '¿Vamos mañana? Sí, ¡por supuesto!',
  'Grüße aus Zürich, heiß und schön; STRASSE ist nicht straße',
  'Zażółć gęślą jaźń',
  'Příliš žluťoučký kůň úpěl ďábelské ódy',
  'Эх, чужак! Общий съём цен шляп (юфть) — вдрызг!',
  'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία ς σ',
  'Ιστανμπούλ İstanbul ılık ISIL ısıl',
  '我能吞下玻璃而不伤身体。',
  '私はガラスを食べられます。ｶﾞﾗｽ 半角',
  '나는 유리를 먹을 수 있어요. 그래도 아프지 않아요 \u1112\u1161\u11ab',
  'मैं काँच खा सकता हूँ और मुझे उससे कोई चोट नहीं पहुंचती। क्षि',
  'ฉันกินกระจกได้ แต่มันไม่ทำให้ฉันเจ็บ น้ำ',
  'Tôi có thể ăn thủy tinh: ệ e\u0302\u0323 e\u0323\u0302',
  'אני יכול לאכול זכוכית וזה לא מזיק לי שָׁלוֹם',
  'أنا قادر على أكل الزجاج و هذا لا يؤلمني. السَّلَامُ ١٢٣',
  '\u202eright to left override\u202c \u2066isolate\u2069 \u200eLRM\u200f RLM',
  'עברית and English, 12:30 عربي mixed (parens) [brackets]',
  'https://example.org/a?b=c&d=%20e#f <https://example.org/> user@example.org',
  '👩‍👩‍👧‍👦 👨🏿‍🚒 🏳️‍🌈 🏴‍☠️ 👁️‍🗨️ ❤️‍🔥',
  '🇳🇱🇺🇦🇯🇵 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇳 🇱',
  '👍🏻👍🏼👍🏽👍🏾👍🏿 ☝️ ☝ #️⃣ 1️⃣',
  '😀',
  '\u{1f9d1}\u200d\u{1f91d}\u200d\u{1f9d1} ends in a joiner \u200d',
  'café and cafe\u0301: composed and combining; \u212b \u00c5 A\u030a',
  'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034fa\u0300\u0301\u0302\u0303\u0304l\u0321\u0322go\u0338',
  '\u0301 begins with a combining mark',
  '\u{20bb7}野家 \u{2a6d6} \u{1d54f}\u{1d4d0}\u{1d7d8} \u{10ffff}',
  'ﬁ ligature, ① circled, ｆｕｌｌ width, ℌ letterlike, ſ long s',
  '\ufeffbyte order mark first, \ufeff and within',
  '\ufffd replacement, \ufffe\uffff non-characters, \ue000\uf8ff private use',
  '\u2028line separator\u2029paragraph separator\u0085next line',
  '\u00a0non-breaking\u00a0, \u2003em\u2003, \u200bzero width\u200b, soft\u00adhyphen, \u2060joiner',
  ' leading space',
  'trailing spaces   ',
  '\ttabs\tbetween\tand behind\t',
  '   ',
  '\n',
  '\n\n\n',
  '\r\n',
  'old\rMac\rline ends\r',
  'a\r\nb\nc\rd',
  '\u0001\u0002\u0003\u0007\u0008\u000b\u000c\u000e\u001b[31mred\u001b[0m\u001f\u007f\u0080\u009f',
  'function f(x) {\r\n\tif (x < 1 && x > -1) return `$' + '{x}`; // "quoted" \'single\' \\n\r\n}\r\n',
  'def f(x):\n    """doc"""\n    return {**x, "y": [1, 2, None]}\n',
  '```ts\nconst a: string = "</script><!-- --> ]]> &amp; &#x41;";\n```',
  '{"json":[1,2,{"deep":null}],"esc":"\\u0000\\ud83d"}',
  'SELECT * FROM "t" WHERE a = \'b\'; -- DROP TABLE %s %d $1',
  '| a | b |\n|---|---|\n| *x* | _y_ | **z** | ~~w~~ | > q | # h |',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '0',
  '-0',
  '1e1000',
  'true',
  'NaN',
  '[object Object]',
  "Robert'); DROP TABLE students;--",
  '../../etc/passwd C:\\temp\\new',
  '%00%0a%ff +plus+ a=b;c',
  '١٬٢٣٤٫٥٦ ۱۲۳ ௧௨௩ 一二三 Ⅻ ½ 10⁻³ ∑∫√∞ ≠ ≤',
  'ᚠᛇᚻ᛫ᛒᛦᚦ 𓀀𓂀 𐍈 ꙮ ༼ つ ◕_◕ ༽つ ¯\\_(ツ)_/¯ (╯°□°)╯︵ ┻━┻',
  'ɪntəˈnæʃənəl fəˈnɛtɪk ʔ ʘ ǃ',
  'እንደምን አለህ ᏣᎳᎩ ᐃᓄᒃᑎᑐᑦ ქართული հայերեն ትግርኛ ລາວ ភាសាខ្មែរ မြန်မာ བོད་ཡིག',
];

/** Bytes of UTF-8 in the longest texts. */
const LONG_BYTES = 20_000;

/** A small generator of pseudo-random numbers (mulberry32): the same texts for the same seed everywhere. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Repeats a text, cut between characters, up to so many bytes of UTF-8. */
function longText(text: string, bytes: number): string {
  const characters = [...text];
  const parts: string[] = [];
  let size = 0;
  for (let index = 0; ; index += 1) {
    const character = characters[index % characters.length]!;
    size += Buffer.byteLength(character);
    if (size > bytes) return parts.join('');
    parts.push(character);
  }
}

/**
 * Texts as people send them: many scripts, emoji, marks, both directions, code, blanks, single letters and 20 kB.
 * Every sample is there as it stands; the rest are made of them. The same for the same seed; not all different.
 */
export function variedTexts(count: number, seed: number): string[] {
  const below = numbersFrom(seed);
  const sample = (): string => SAMPLES[below(SAMPLES.length)]!;
  const made: (() => string)[] = [
    sample,
    () => `${sample()} ${sample()}`,
    () => `${sample()}\n${sample()}\r\n${sample()}`,
    () => `${' '.repeat(below(4))}${sample()}${'\n'.repeat(below(3))}`,
    () => [...sample()].reverse().join(''),
    () => String.fromCodePoint(0x1f300 + below(0x200)).repeat(1 + below(5)),
    () => 'Donaudampfschifffahrtsgesellschaft'.repeat(1 + below(40)),
    () => longText(sample(), 200 + below(3_000)),
  ];
  const texts = SAMPLES.slice(0, count);
  while (texts.length < count) {
    const nth = texts.length;
    if (nth % 97 === 0) texts.push(longText(sample(), LONG_BYTES));
    else texts.push(made[below(made.length)]!());
  }
  return texts;
}
