import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Gathering } from './gathering.js';

const test = suite('gathering');

function counting() {
  const asked: (string | readonly string[])[] = [];
  const answer = (key: string): PromiseSettledResult<string> =>
    key === 'bad'
      ? { status: 'rejected', reason: new Error(key) }
      : { status: 'fulfilled', value: `<${key}>` };
  const gathering = new Gathering<string, string>(
    async (key) => {
      asked.push(key);
      if (key === 'bad') throw new Error(key);
      return `<${key}>`;
    },
    async (keys) => {
      asked.push(keys);
      if (keys.includes('none')) throw new Error('network');
      return new Map(keys.map((key) => [key, answer(key)]));
    },
    3,
  );
  return { asked, gathering };
}

test('what is asked in one turn is one request, as far as one goes; what is asked alone is asked for alone', async () => {
  const { asked, gathering } = counting();
  const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => gathering.ask(key)));
  assert.equal(answers, ['<a>', '<b>', '<c>', '<d>', '<e>']);
  assert.equal(asked, [
    ['a', 'b', 'c'],
    ['d', 'e'],
  ]);
  assert.is(await gathering.ask('f'), '<f>');
  assert.is(asked.at(-1), 'f');
});

test('one that fails fails alone; a request that fails fails all of it', async () => {
  const { gathering } = counting();
  const settled = async (...keys: string[]) =>
    (await Promise.allSettled(keys.map((key) => gathering.ask(key)))).map(({ status }) => status);
  assert.equal(await settled('a', 'bad', 'c'), ['fulfilled', 'rejected', 'fulfilled']);
  assert.equal(await settled('a', 'none'), ['rejected', 'rejected']);
  assert.equal(await settled('bad'), ['rejected']);
  assert.is(await gathering.ask('after'), '<after>');
});

test.run();
