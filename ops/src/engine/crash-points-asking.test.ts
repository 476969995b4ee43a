import { suite } from 'uvu';
import { walkKeyRepair } from './testing/key-repair-story.js';

const test = suite('crash points, asking for keys');

test('U8 X18 S6: whichever write the device dies at that lost a key and asks for it, the key comes', () =>
  walkKeyRepair('noor', ['post', 'waits', 'chain', 'signal']));

test.run();
