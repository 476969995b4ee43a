import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TimelineSnapshot } from '@sotto/client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPerson, said, signUp } from '../people/person.js';
import { runServers } from './testing/running-servers.js';

/** A device whose stores come back from a backup knows less than it wrote: it must not write over itself. */
const test = suite('a restored backup');
const servers = await runServers();
test.after(() => servers.remove());

for (const writesFirst of ['the restored device', 'the other'] as const) {
  test(`what was written since is read, and what is written now arrives once: ${writesFirst} writes first`, async () => {
    const suffix = writesFirst === 'the other' ? '2' : '1';
    const mara = await newPerson(servers, `mara${suffix}`);
    const noor = await newPerson(servers, `noor${suffix}`);
    await signUp(servers, mara);
    await signUp(servers, noor);
    const { conversation } = await mara.engine.calls.startDirect({ username: noor.name });
    await mara.engine.calls.send({ conversation, text: 'before the backup' });
    await noor.untilList((list) => list.length === 1);
    await noor.engine.calls.answerRequest({ conversation, answer: 'accept' });
    await noor.engine.calls.send({ conversation, text: 'an answer' });
    await mara.untilTimeline(conversation, ({ items }) => items.length === 2);

    await mara.engine.close();
    const backup = await mkdtemp(join(tmpdir(), 'sotto-backup-'));
    await cp(mara.folder, backup, { recursive: true });
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'after the backup 1' });
    await mara.engine.calls.send({ conversation, text: 'after the backup 2' });
    await noor.untilTimeline(conversation, ({ items }) => items.length === 4);

    await mara.engine.close();
    await rm(mara.folder, { recursive: true });
    await cp(backup, mara.folder, { recursive: true });
    if (writesFirst === 'the other') await noor.engine.calls.send({ conversation, text: 'are you there' });
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'from the restored device' });
    const count = writesFirst === 'the other' ? 6 : 5;
    const opened = (wanted: number) => (timeline: TimelineSnapshot) =>
      timeline.items.length === wanted && timeline.items.every(({ kind }) => kind === 'message');
    const there = await noor.untilTimeline(conversation, opened(count));
    assert.is(new Set(said(there)).size, count, 'none doubled');
    assert.ok(said(there).includes(`${mara.name}: from the restored device`));

    await noor.engine.calls.send({ conversation, text: 'and back' });
    const here = await mara.untilTimeline(conversation, ({ items }) => items.length === count + 1);
    assert.ok(
      here.items.every(({ kind }) => kind === 'message'),
      'everything opened',
    );
    assert.equal([...mara.faults, ...noor.faults], []);
    await rm(backup, { recursive: true });
    await mara.remove();
    await noor.remove();
  });
}

test.run();
