import { suite } from 'uvu';
import { walkKeyRepair } from './testing/key-repair-story.js';

const test = suite('crash points, answering who asks for keys');

test('U8 X18 S6: whichever write the device dies at that gives a key again, it is given', () =>
  walkKeyRepair('mara', ['post', 'signal', 'inbox']));

test.run();
