import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newPerson, type Person } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';

/** A device's folder and what its browser kept of the session: where each life begins, by a copy. */
export interface KeptDevice {
  readonly folder: string;
  readonly cookies: readonly string[];
}

/** People and their servers, put aside. */
export interface KeptDevices {
  readonly server: string;
  of(name: string): KeptDevice;
  /** Somebody at a copy of their device. */
  person(servers: RunningServers, name: string): Promise<Person>;
  remove(): Promise<void>;
}

/** Closes everything and puts it aside. */
export async function keepDevices(servers: RunningServers, people: readonly Person[]): Promise<KeptDevices> {
  const kept = await mkdtemp(join(tmpdir(), 'sotto-kept-'));
  const devices = new Map<string, KeptDevice>();
  for (const person of people) {
    await person.engine.close();
    const folder = join(kept, person.name);
    await cp(person.folder, folder, { recursive: true });
    devices.set(person.name, { folder, cookies: person.cookies() });
    await rm(person.folder, { recursive: true });
  }
  await servers.stop();
  const server = join(kept, 'server');
  await cp(servers.folder, server, { recursive: true });
  await servers.remove();
  return {
    server,
    of: (name) => devices.get(name)!,
    async person(running, name) {
      const folder = await mkdtemp(join(tmpdir(), 'sotto-kept-'));
      await cp(devices.get(name)!.folder, folder, { recursive: true });
      return newPerson(running, name, { folder, cookies: devices.get(name)!.cookies });
    },
    remove: () => rm(kept, { recursive: true }),
  };
}
