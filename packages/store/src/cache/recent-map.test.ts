import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RecentMap } from './recent-map.js';

const test = suite('recent map');

test('what was used longest ago is forgotten first', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  assert.is(map.get('a'), 1);
  map.set('c', 3);
  assert.is(map.get('b'), undefined);
  assert.is(map.get('a'), 1);
  assert.is(map.get('c'), 3);
  assert.is(map.size, 2);
});

test('weights count, and are taken anew when a value is set again', () => {
  const map = new RecentMap<string, number[]>(10, (value) => value.length);
  map.set('a', Array(4).fill(0));
  map.set('b', Array(4).fill(0));
  map.set('a', Array(7).fill(0));
  assert.is(map.get('b'), undefined);
  assert.is(map.get('a')?.length, 7);
  map.delete('a');
  map.delete('a');
  map.set('c', Array(10).fill(0));
  assert.is(map.size, 1);
});

test('one value over the bound stays until the next comes', () => {
  const map = new RecentMap<string, number>(5, (value) => value);
  map.set('big', 50);
  assert.is(map.get('big'), 50);
  map.set('small', 1);
  assert.is(map.get('big'), undefined);
  assert.is(map.get('small'), 1);
});

test.run();
