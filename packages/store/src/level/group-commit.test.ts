import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from '../testing/code-of.js';
import { GroupCommit } from './group-commit.js';

const test = suite('group commit');

/** A commit that is finished by hand. */
function gate() {
  const groups: { jobs: readonly number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const commit = (jobs: readonly number[]) =>
    new Promise<string[]>((resolve, reject) => {
      groups.push({ jobs, finish: () => resolve(jobs.map((job) => `done ${job}`)), fail: reject });
    });
  return { groups, commit };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const bounds = (weight: number) => ({ weigh: (job: number) => job, weight });

test('jobs that come while one group is written go together in the next', async () => {
  const { groups, commit } = gate();
  const group = new GroupCommit(commit, bounds(1_000));
  const first = [group.run(1), group.run(2)];
  await turn();
  const second = [group.run(3), group.run(4), group.run(5)];
  await turn();
  assert.is(groups.length, 1, 'one write at a time');
  groups[0]!.finish();
  assert.equal(await Promise.all(first), ['done 1', 'done 2']);
  await turn();
  groups[1]!.finish();
  assert.equal(await Promise.all(second), ['done 3', 'done 4', 'done 5']);
  assert.equal(
    groups.map(({ jobs }) => jobs),
    [
      [1, 2],
      [3, 4, 5],
    ],
  );
});

test('a group ends at its weight, in order', async () => {
  const { groups, commit } = gate();
  const group = new GroupCommit(commit, bounds(10));
  const jobs = [4, 4, 4, 50, 1].map((job) => group.run(job));
  for (let index = 0; index < 3; index += 1) {
    await turn();
    groups[index]!.finish();
  }
  await Promise.all(jobs);
  assert.equal(
    groups.map(({ jobs: taken }) => taken),
    [[4, 4, 4], [50], [1]],
  );
});

test('jobs that come one by one in a stream share writes; the first waits for nothing', async () => {
  const groups: number[][] = [];
  const commit = async (jobs: readonly number[]) => {
    groups.push([...jobs]);
    return jobs;
  };
  const group = new GroupCommit(commit, { ...bounds(1_000), everyMs: 200 });
  await group.run(0);
  assert.equal(groups, [[0]]);
  const jobs = [];
  for (let job = 1; job <= 5; job += 1) {
    jobs.push(group.run(job));
    await turn();
  }
  await Promise.all(jobs);
  assert.equal(groups, [[0], [1, 2, 3, 4, 5]]);
});

test('a whole group and the end wait for nothing', async () => {
  const groups: number[][] = [];
  const commit = async (jobs: readonly number[]) => {
    groups.push([...jobs]);
    return jobs;
  };
  const group = new GroupCommit(commit, { ...bounds(10), everyMs: 86_400_000 });
  await group.run(1);
  await Promise.all([group.run(6), group.run(6)]);
  assert.equal(groups, [[1], [6, 6]]);
  const last = group.run(1);
  await turn();
  await group.close();
  assert.is(await last, 1);
});

test('a failed group fails its jobs and no others', async () => {
  const { groups, commit } = gate();
  const group = new GroupCommit(commit, bounds(1_000));
  const lost = [codeOf(() => group.run(1)), codeOf(() => group.run(2))];
  await turn();
  const kept = group.run(3);
  groups[0]!.fail(new RangeError('disk'));
  assert.equal(await Promise.all(lost), ['RangeError', 'RangeError']);
  await turn();
  groups[1]!.finish();
  assert.is(await kept, 'done 3');
});

test('closing finishes what was taken and refuses the rest', async () => {
  const { groups, commit } = gate();
  const group = new GroupCommit(commit, bounds(1_000));
  const taken = group.run(1);
  await turn();
  const closing = group.close();
  assert.is(await codeOf(() => group.run(2)), 'sync/store-unavailable');
  groups[0]!.finish();
  await closing;
  assert.is(await taken, 'done 1');
  assert.is(groups.length, 1);
});

test.run();
