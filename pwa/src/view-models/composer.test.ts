import type { ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ComposerViewModel, LONGEST_MESSAGE } from './composer.js';
import { ManualEngine, settle, testPlatform } from './testing/platform.js';

const conversation = 'noorAAAAAAAAAAAAAAAAAA' as ConversationId;

function setUp() {
  const engine = new ManualEngine();
  const platform = testPlatform();
  return { engine, platform, model: new ComposerViewModel({ engine, platform }, conversation) };
}

const test = suite('composer');

test('U8 a draft is saved while it is being written, and not at every letter', () => {
  const { model, engine, platform } = setUp();
  for (const text of ['H', 'He', 'Hel', 'Hell']) {
    model.write(text);
    platform.clock.pass(100);
  }
  assert.equal(engine.asked, [{ name: 'saveDraft', input: { conversation, text: 'Hel' } }]);
  platform.clock.pass(250);
  assert.equal(engine.asked[1], { name: 'saveDraft', input: { conversation, text: 'Hell' } });
});

test('U8 a draft is saved when the tab goes away and when the conversation is left', () => {
  const { model, engine, platform } = setUp();
  model.write('one');
  platform.window.leave();
  model.write('two');
  model.dispose();
  assert.equal(
    engine.asked.map(({ input }) => (input as { text: string }).text),
    ['one', 'two'],
  );
});

test('U8 a saved draft comes back, and never over what is being written', () => {
  const { model } = setUp();
  model.restore('from last time');
  assert.is(model.text, 'from last time');
  model.write('from last time and more');
  model.restore('from another tab');
  assert.is(model.text, 'from last time and more');
});

test('U8 what the engine showed before it heard of a draft takes nothing away', async () => {
  const { model, platform } = setUp();
  model.restore('');
  model.write('half a sentence');
  platform.clock.pass(250);
  model.restore('');
  assert.is(model.text, 'half a sentence');
  await settle();
  model.restore('from another tab');
  assert.is(model.text, 'from another tab');
  const sent = model.send();
  model.restore('from another tab');
  assert.is(model.text, '');
  assert.is(await sent, true);
});

test('U7 sending empties the composer and its draft at once', async () => {
  const { model, engine, platform } = setUp();
  model.write('  Hello  ');
  platform.clock.pass(500);
  const sent = model.send();
  assert.is(model.text, '');
  assert.is(await sent, true);
  assert.equal(engine.asked.slice(1), [
    { name: 'send', input: { conversation, text: 'Hello' } },
    { name: 'saveDraft', input: { conversation, text: '' } },
  ]);
});

test('U7 what could not be kept comes back in front of what was written since', async () => {
  const { model, engine } = setUp();
  engine.answers.send = () => {
    throw new ProtocolError('service/unavailable');
  };
  model.write('first');
  const sent = model.send();
  model.write('second');
  assert.is(await sent, false);
  assert.is(model.text, 'first\nsecond');
  assert.ok(model.problem);
  model.write('first\nsecond.');
  assert.is(model.problem, null);
});

test('nothing is sent from blanks, or when it is too long', async () => {
  const { model, engine } = setUp();
  model.write(' \n ');
  assert.is(model.canSend, false);
  assert.is(await model.send(), false);
  model.write('x'.repeat(LONGEST_MESSAGE + 5));
  assert.is(model.canSend, false);
  assert.is(model.problem, 'Too long by 5 characters.');
  assert.equal(engine.names(), []);
});

test.run();
