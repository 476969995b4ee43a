import {
  firstDeviceList,
  type MadeDevice,
  makeDevice,
  nextDeviceList,
  type VerifiedDeviceList,
} from '@sotto/client/account';
import { generateIdentityKeyPair, type IdentityKeyPair } from '@sotto/client/crypto';
import { type AccountId, type DeviceId, randomId, toBase64url } from '@sotto/protocol';

/** Somebody the servers tell of, whose devices nobody switches on. */
export interface Bystander {
  readonly account: AccountId;
  readonly username: string;
  readonly devices: readonly DeviceId[];
}

/** Many people with real keys, answered for in place of the servers' directory. */
export interface Crowd {
  readonly people: readonly Bystander[];
  /** Requests that were answered here, by what they are about. */
  readonly asked: { people: number; bundles: number };
  readonly fetch: typeof fetch;
  /** Somebody removes a device, and links another. */
  replaceDevice(person: Bystander, removed: DeviceId): Promise<DeviceId>;
}

/** @param passOn where everything else goes */
export function makeCrowd(count: number, devicesOfEach: number, passOn: typeof fetch = fetch): Crowd {
  const asked = { people: 0, bundles: 0 };
  const bundles = new Map<string, unknown>();
  const persons = new Map<
    string,
    { username: string; identity: IdentityKeyPair; list: VerifiedDeviceList }
  >();
  const people = Array.from({ length: count }, (_, number): Bystander => {
    const account = randomId<AccountId>();
    const username = `person${number}`;
    const identity = generateIdentityKeyPair();
    const made = Array.from({ length: devicesOfEach }, (_, index) => makeDevice({ name: `Device ${index}` }));
    const list = firstDeviceList(
      account,
      identity,
      made.map(({ listed }) => listed),
    );
    persons.set(account, { username, identity, list });
    for (const one of made) offer(one);
    return { account, username, devices: made.map(({ id }) => id) };
  });

  function offer({ published }: MadeDevice): void {
    const { id, registrationId, identityKey, preKeys } = published;
    const { signed, lastResortKem: kem, oneTime } = preKeys;
    bundles.set(id, { device: id, registrationId, identityKey, signed, kem, oneTime: oneTime[0] });
  }

  function answer(account: string): Record<string, string> {
    const { username, list } = persons.get(account)!;
    return { account, username, deviceList: toBase64url(list.encoded) };
  }

  function answerTo(path: string, body: string): unknown {
    const bundle = /^\/api\/devices\/([^/]+)\/bundle$/.exec(path);
    if (bundle && bundles.has(bundle[1]!)) {
      asked.bundles += 1;
      return bundles.get(bundle[1]!);
    }
    const person = /^\/api\/accounts\/([^/]+)$/.exec(path);
    if (person && persons.has(person[1]!)) {
      asked.people += 1;
      return answer(person[1]!);
    }
    return path === '/api/accounts/newer' ? newer(JSON.parse(body)) : undefined;
  }

  /** Of people here only: the one who asks is known by other ways. */
  function newer({ known }: { known: readonly { account: string; version: number }[] }): unknown {
    if (!known.some(({ account }) => persons.has(account))) return undefined;
    asked.people += 1;
    return {
      people: known.flatMap(({ account, version }) => {
        const person = persons.get(account);
        if (!person) return [];
        const { deviceList, ...rest } = answer(account);
        return [person.list.list.version === version ? rest : { ...rest, deviceList }];
      }),
    };
  }

  return {
    people,
    asked,
    async replaceDevice({ account }, removed) {
      const person = persons.get(account)!;
      const made = makeDevice({ name: 'Another' });
      const staying = person.list.list.devices.filter(({ id }) => id !== removed);
      person.list = await nextDeviceList(person.list, person.identity, [...staying, made.listed]);
      offer(made);
      return made.id;
    },
    fetch: async (input, init) => {
      const said = answerTo(new URL(String(input)).pathname, String(init?.body ?? ''));
      return said === undefined ? passOn(input, init) : Response.json(encoded(said));
    },
  };
}

/** JSON as the servers write it: bytes in base64url. */
function encoded(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64url(value);
  if (Array.isArray(value)) return value.map(encoded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encoded(one)]));
}
