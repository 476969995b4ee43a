/** Who takes part: numbers only, the same in every run. */
export interface Shape {
  readonly replicas: number;
  /** Account of each client, by its number: two clients of one are two devices of a person. */
  readonly accounts: readonly number[];
  /** Accounts in each conversation; two of them are a direct one. The first begins it. */
  readonly conversations: readonly (readonly number[])[];
  /** Clients in each process of clients. */
  readonly crews: readonly (readonly number[])[];
}

/** 18 people at 20 devices in five processes; six direct conversations and four groups of five. */
export const SHAPE: Shape = makeShape({ people: 18, withTwo: [0, 12], pairs: 6, groups: 4, crews: 5 });

/** What a test has time for: six people at eight devices in two processes; two direct conversations, two groups. */
export const SMALL_SHAPE: Shape = makeShape({ people: 6, withTwo: [0, 4], pairs: 2, groups: 2, crews: 2 });

interface Sizes {
  readonly people: number;
  /** Accounts that have a second device. */
  readonly withTwo: readonly number[];
  readonly pairs: number;
  readonly groups: number;
  readonly crews: number;
}

function makeShape({ people, withTwo, pairs, groups, crews }: Sizes): Shape {
  const accounts = [...Array.from({ length: people }, (_, account) => account), ...withTwo];
  const direct = Array.from({ length: pairs }, (_, pair) => [2 * pair, 2 * pair + 1]);
  // Who is in no pair is in the groups, beside some who are.
  const others = Array.from({ length: people - 2 * pairs }, (_, index) => 2 * pairs + index);
  const group = (number: number) => [
    ...[0, 1, groups].map((step) => others[(number + step) % others.length]!),
    ...direct[number % direct.length]!,
  ];
  return {
    replicas: 3,
    accounts,
    conversations: [...direct, ...Array.from({ length: groups }, (_, number) => [...new Set(group(number))])],
    crews: Array.from({ length: crews }, (_, crew) =>
      accounts.flatMap((_, client) => (client % crews === crew ? [client] : [])),
    ),
  };
}

/** Clients that read a conversation. */
export function clientsOf({ accounts, conversations }: Shape, conversation: number): number[] {
  return accounts.flatMap((account, client) =>
    conversations[conversation]!.includes(account) ? [client] : [],
  );
}

/** Conversations that a client reads. */
export function conversationsOf({ accounts, conversations }: Shape, client: number): number[] {
  return conversations.flatMap((members, conversation) =>
    members.includes(accounts[client]!) ? [conversation] : [],
  );
}
