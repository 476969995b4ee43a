import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import WebSocket from 'ws';
import { wholeTimeline } from '../../engine/testing/whole-timeline.js';
import { isMessage, newPerson, type Person } from '../../people/person.js';
import type { ClientSettings, Line, Look, Question, Told } from './messages.js';
import { WireWitness } from './wire-witness.js';

/** Several clients in one process: real engines over their stores, doing what the parent asks and saying what they see. */
const people = new Map<number, Person>();
/** Of each client's newest socket. */
const witnesses = new Map<number, WireWitness>();

function tell(told: Told): void {
  process.send!(told);
}

/** What a browser would keep of the session, over the process's death. */
function keptCookies(folder: string) {
  const file = join(folder, 'cookies.json');
  return {
    read(): string[] {
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as string[];
      } catch {
        return [];
      }
    },
    write(cookies: readonly string[]) {
      writeFileSync(`${file}.new`, JSON.stringify(cookies));
      renameSync(`${file}.new`, file);
    },
  };
}

async function open({ client, name, folder, origin, sync }: ClientSettings): Promise<void> {
  const cookies = keptCookies(folder);
  const person: Person = await newPerson({ origin }, name, {
    folder,
    cookies: cookies.read(),
    deviceName: `client ${client}`,
    openSocket: (url) => witnessed(client, sync + new URL(url).pathname),
    fetch: async (...input) => {
      const response = await fetch(...input);
      // The jar has them in the turn after this.
      setTimeout(() => cookies.write(person.cookies()), 0);
      return response;
    },
  });
  people.set(client, person);
  let reported = 0;
  setInterval(() => {
    for (; reported < person.faults.length; reported += 1) {
      const fault = person.faults[reported];
      tell({
        told: 'fault',
        client,
        fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault),
      });
    }
  }, 500).unref();
}

function witnessed(client: number, url: string): WebSocket {
  const socket = new WebSocket(url);
  const witness = new WireWitness((records) => tell({ told: 'acknowledged', client, records }));
  witnesses.set(client, witness);
  const send = socket.send.bind(socket) as (data: Uint8Array) => void;
  socket.send = ((data: Uint8Array) => {
    witness.outgoing(new Uint8Array(data));
    send(data);
  }) as typeof socket.send;
  socket.addEventListener('message', ({ data }) => witness.incoming(new Uint8Array(data as ArrayBuffer)));
  return socket;
}

/** Says of each own message once that it shows as sent. */
function follow(client: number, person: Person, conversation: ConversationId): void {
  const known = new Set<string>();
  person.engine.watch('timeline', conversation, ({ items }) => {
    const texts: string[] = [];
    for (const item of items) {
      if (!isMessage(item) || !item.mine || known.has(item.id)) continue;
      if (item.mark === 'queued' || item.mark === 'failed' || item.mark === null) continue;
      known.add(item.id);
      texts.push(item.text);
    }
    if (texts.length > 0) tell({ told: 'sent', client, texts });
  });
}

async function look(client: number, person: Person): Promise<Look> {
  const now = <T>(topic: 'session' | 'connection' | 'conversations'): Promise<T> =>
    new Promise((resolve) => {
      const stop = person.engine.watch(topic as 'session', null, (snapshot) => {
        resolve(snapshot as T);
        queueMicrotask(() => stop());
      });
    });
  const session = await now<{ state: string }>('session');
  const connection = await now<{ state: string; queued: number; error: string | null }>('connection');
  const list = await now<Look['conversations']>('conversations');
  return {
    session: session.state,
    connection: connection.state,
    queued: connection.queued,
    error: connection.error,
    wire: witnesses.get(client)?.report() ?? 'no socket',
    conversations: list.map(({ id, kind, name, standing, held }) => ({
      ...{ id, kind, name, standing },
      held: Boolean(held),
    })),
  };
}

async function lines(person: Person, conversation: ConversationId): Promise<Line[]> {
  const { items } = await wholeTimeline(person, conversation);
  return items.map((item) => ({
    ...{ kind: item.kind, id: item.id },
    text: isMessage(item) ? item.text : '',
    mark: isMessage(item) ? item.mark : null,
  }));
}

async function readNewest(person: Person, conversation: ConversationId): Promise<void> {
  const { items } = await person.untilTimeline(conversation, () => true);
  const newest = items.findLast(isMessage);
  if (newest) await person.engine.calls.markRead({ conversation, event: newest.id });
}

async function answer({ client, call, input }: Question): Promise<unknown> {
  if (call === '#open') return open(input as ClientSettings);
  const person = people.get(client);
  if (!person) throw new Error('not open');
  if (call === '#look') return look(client, person);
  if (call === '#lines') return lines(person, input as ConversationId);
  if (call === '#follow') return follow(client, person, input as ConversationId);
  if (call === '#read') return readNewest(person, input as ConversationId);
  if (call === '#close') return person.engine.close();
  const calls = person.engine.calls as unknown as Record<string, (input: unknown) => Promise<unknown>>;
  return calls[call]!(input);
}

process.on('message', (question: Partial<Question>) => {
  if (question.ask === undefined) return;
  const { ask } = question;
  answer(question as Question).then(
    (result) => process.send!({ answer: ask, result: result ?? null }),
    (error: unknown) =>
      process.send!({
        answer: ask,
        error: {
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
          ...(error instanceof ProtocolError ? { code: error.code } : {}),
        },
      }),
  );
});
process.channel?.ref();
tell({ told: 'ready' });
