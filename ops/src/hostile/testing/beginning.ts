import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConversationId } from '@sotto/protocol';
import { runServers } from '../../engine/testing/running-servers.js';
import { acquaint } from '../../people/acquaint.js';
import { newPerson, signUp } from '../../people/person.js';

/**
 * Where both runs of an attack begin: Mara and Noor have signed up and talked, Teo has signed up. Their devices are in folders of their
 * names, the servers in `server`.
 */
export interface Beginning {
  readonly people: Readonly<Record<Name, { readonly cookies: readonly string[] }>>;
  /** Mara's and Noor's. */
  readonly conversation: ConversationId;
}

const NAMES = ['mara', 'noor', 'teo'] as const;
export type Name = (typeof NAMES)[number];

const FILE = 'beginning.json';
const MAKING = 'making-';
/** What it is made by. */
const PROJECTS = [
  'packages/protocol',
  'packages/client',
  'packages/store',
  'packages/service',
  'auth-server',
  'sync-server',
] as const;

/**
 * The beginning that the programs as they are built now make: kept beside them, since signing up takes longer than an attack.
 * @returns the folder that holds it, for {@link readBeginning}
 */
export async function keptBeginning(): Promise<string> {
  const all = fileURLToPath(new URL('../.beginnings/', import.meta.url));
  const kept = join(all, await buildName());
  if (existsSync(join(kept, FILE))) return kept;
  await mkdir(all, { recursive: true });
  // Others may be making it at the same time: whoever is first has made it.
  for (const name of await readdir(all))
    if (!name.startsWith(MAKING)) await rm(join(all, name), { recursive: true, force: true });
  const made = await mkdtemp(join(all, MAKING));
  await makeBeginning(made);
  await rename(made, kept).catch(() => rm(made, { recursive: true }));
  return kept;
}

/** One for each state of the compiled programs. */
async function buildName(): Promise<string> {
  const hash = createHash('sha256');
  for (const project of PROJECTS) {
    const dist = fileURLToPath(new URL(`../../../../${project}/dist/`, import.meta.url));
    const files = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.js')).sort();
    for (const file of files) hash.update(`${project}/${file} ${(await stat(join(dist, file))).mtimeMs}`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function makeBeginning(kept: string): Promise<void> {
  const servers = await runServers();
  const [mara, noor, teo] = await Promise.all(NAMES.map((name) => newPerson(servers, name)));
  for (const person of [mara!, noor!, teo!]) await signUp(servers, person);
  const conversation = await acquaint(mara!, noor!);
  const people: Record<string, object> = {};
  for (const person of [mara!, noor!, teo!]) {
    await person.engine.close();
    await cp(person.folder, join(kept, person.name), { recursive: true });
    people[person.name] = { cookies: person.cookies() };
    await rm(person.folder, { recursive: true });
  }
  await servers.stop();
  await cp(servers.folder, join(kept, 'server'), { recursive: true });
  await servers.remove();
  await writeFile(join(kept, FILE), JSON.stringify({ people, conversation }));
}

export async function readBeginning(kept: string): Promise<Beginning> {
  return JSON.parse(await readFile(join(kept, FILE), 'utf8')) as Beginning;
}
