export interface AvatarLook {
  /** One or two letters. */
  readonly initials: string;
  /** 1 to 6: which of the colours. */
  readonly colour: number;
  /** A rounded square: a group. */
  readonly square?: true;
}

const COLOURS = 6;

function colourOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return 1 + (hash % COLOURS);
}

/** How a person is drawn; the colour comes from the account id, so that it stays when the name changes. */
export function avatarOf({ account, username }: { account: string; username: string }): AvatarLook {
  const [first = '?'] = username;
  return { initials: first.toUpperCase(), colour: colourOf(account) };
}

/** How a group is drawn: the first letters of its first two words, or of its only one. */
export function groupAvatarOf({ id, name }: { id: string; name: string }): AvatarLook {
  const [first = '?', second = ''] = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = second ? [...first].slice(0, 1).concat([...second].slice(0, 1)) : [...first].slice(0, 2);
  const [large = '?', small = ''] = letters;
  return { initials: large.toUpperCase() + small.toLowerCase(), colour: colourOf(id), square: true };
}
