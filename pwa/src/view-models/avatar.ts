export interface AvatarLook {
  /** One or two letters. */
  readonly initials: string;
  /** 1 to 6: which of the colours. */
  readonly colour: number;
}

const COLOURS = 6;

/** How a person is drawn; the colour comes from the account id, so that it stays when the name changes. */
export function avatarOf({ account, username }: { account: string; username: string }): AvatarLook {
  let hash = 0;
  for (const character of account) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  const [first = '?'] = username;
  return { initials: first.toUpperCase(), colour: 1 + (hash % COLOURS) };
}
