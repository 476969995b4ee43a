import type { VerifiedDeviceList } from '@sotto/client/account';
import type { AccountId } from '@sotto/protocol';
import { decodeSignedDeviceList, documentName, logName } from '@sotto/protocol';
import { deviceListPrefix } from '@sotto/store';
import { newPerson, type Person, type PersonOptions, signUp } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';
import { type Replacing, tamperingDirectory } from './tampering-directory.js';

/** People at one Sotto whose directory may lie to some of them. */
export class Trusting {
  readonly people: Person[] = [];
  readonly servers: RunningServers;

  constructor(servers: RunningServers) {
    this.servers = servers;
  }

  async somebody(name: string, options: PersonOptions = {}): Promise<Person> {
    const person = this.kept(await newPerson(this.servers, name, options));
    await signUp(this.servers, person);
    return person;
  }

  kept(person: Person): Person {
    this.people.push(person);
    return person;
  }

  /** Somebody to whom the server shows lists of other people as `show.list` says. */
  async deceived(
    name: string,
    options: PersonOptions = {},
  ): Promise<{ person: Person; show: { list?: Replacing } }> {
    const show: { list?: Replacing } = {};
    const person = await this.somebody(name, { ...options, fetch: tamperingDirectory(() => show.list) });
    return { person, show };
  }

  /** The newest list of an account, as the server has it. */
  async listOf(account: AccountId): Promise<VerifiedDeviceList> {
    const prefix = deviceListPrefix(account);
    const [claim] = await this.servers.stores.claims.list({ prefix, reverse: true });
    return { list: decodeSignedDeviceList(claim!.body).list, encoded: new Uint8Array(claim!.body) };
  }

  /** How much lies in the inbox of the first device of somebody. */
  async inboxSize(account: AccountId): Promise<number> {
    const [device] = (await this.listOf(account)).list.devices;
    const document = documentName(logName('i', device!.id), 0);
    return (await this.servers.stores.log.read(document, new Map())).length;
  }

  async remove(): Promise<void> {
    for (const person of this.people) await person.remove();
    await this.servers.remove();
  }
}

/** Replaces the lists of one account. */
export function about(
  account: AccountId,
  replacement: (list: VerifiedDeviceList) => Promise<Uint8Array>,
): Replacing {
  return async (list, encoded) => (list.account === account ? replacement({ list, encoded }) : undefined);
}
