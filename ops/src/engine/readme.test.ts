import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPerson, PASSWORD, said, signUp } from '../people/person.js';
import { runServers } from './testing/running-servers.js';

/** The bot of the client's README, in a process of its own, against real servers. */
const test = suite('README of the client');

test('U7: the bot answers whoever writes to it, as it is printed', async () => {
  const servers = await runServers();
  const [mara, echo] = [await newPerson(servers, 'mara'), await newPerson(servers, 'echo')];
  for (const person of [mara, echo]) await signUp(servers, person);
  await echo.engine.close();

  const readme = await readFile(new URL('../../../packages/client/README.md', import.meta.url), 'utf8');
  const file = fileURLToPath(new URL('./readme-bot.mjs', import.meta.url));
  await writeFile(file, /```js\n(.*?)```/s.exec(readme)![1]!);
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bot-'));
  const env = {
    ...process.env,
    ...{ SOTTO_ORIGIN: servers.origin, SOTTO_PASSWORD: PASSWORD, SOTTO_FOLDER: folder },
  };
  const bot = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let faults = '';
  bot.stderr.setEncoding('utf8').on('data', (text) => {
    faults += text;
  });

  const [greeting] = await once(bot.stdout.setEncoding('utf8'), 'data');
  assert.is(greeting, 'Echo is there\n');

  const { conversation } = await mara.engine.calls.startDirect({ username: 'echo' });
  await mara.engine.calls.send({ conversation, text: 'anybody there?' });
  await mara.untilTimeline(conversation, ({ items }) => items.length === 2);
  for (const text of ['one', 'two']) await mara.engine.calls.send({ conversation, text });
  const all = await mara.untilTimeline(conversation, ({ items }) => items.length === 6);
  const echoed = said(all).filter((line) => line.startsWith('echo: '));
  assert.equal(echoed, ['echo: anybody there?', 'echo: one', 'echo: two']);
  await mara.untilTimeline(conversation, ({ items }) =>
    items.every((item) => item.kind === 'message' && (!item.mine || item.mark === 'read')),
  );
  assert.is(faults, '');

  bot.kill();
  for (const person of [mara, echo]) await person.remove();
  await servers.remove();
  await rm(folder, { recursive: true, force: true });
});

test.run();
