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

const ACCOUNTS = 18;
const CREWS = 5;
/** Accounts that have a second device. */
const WITH_TWO = [0, 12];

/** 18 people at 20 devices in five processes; six direct conversations and four groups of five. */
export const SHAPE: Shape = makeShape();

function makeShape(): Shape {
  const accounts = [...Array.from({ length: ACCOUNTS }, (_, account) => account), ...WITH_TWO];
  const direct = Array.from({ length: 6 }, (_, pair) => [2 * pair, 2 * pair + 1]);
  const groups = Array.from({ length: 4 }, (_, group) => [
    12 + group,
    13 + group,
    2 * group,
    2 * group + 1,
    group % 2 === 0 ? 16 : 17,
  ]);
  return {
    replicas: 3,
    accounts,
    conversations: [...direct, ...groups.map((members) => [...new Set(members)])],
    crews: Array.from({ length: CREWS }, (_, crew) =>
      accounts.flatMap((_, client) => (client % CREWS === crew ? [client] : [])),
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
