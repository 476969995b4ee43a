import type { ConnectionSnapshot } from '@sotto/client';
import type { DeviceId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BannerViewModel } from './banner.js';
import { ManualEngine, settle, testPlatform } from './testing/platform.js';

function setUp(kept = true) {
  const engine = new ManualEngine();
  const platform = testPlatform({ name: 'list' }, kept);
  const model = new BannerViewModel({ engine, platform });
  const connection = (
    state: ConnectionSnapshot['state'],
    queued = 0,
    error: ConnectionSnapshot['error'] = null,
  ) => engine.tell('connection', { state, queued, error, since: platform.clock.now() });
  return { engine, platform, model, connection, pass: (ms: number) => platform.clock.pass(ms) };
}

const test = suite('banner');

test('U8 offline waits three seconds before it shows', () => {
  const { model, connection, pass } = setUp();
  connection('online');
  connection('offline');
  pass(2_999);
  assert.is(model.banner, null);
  pass(1);
  assert.is(model.banner?.kind, 'offline');
});

test('U8 a blink of the network says nothing at all', () => {
  const { model, connection, pass } = setUp();
  connection('online');
  connection('offline');
  pass(2_000);
  connection('online');
  pass(10_000);
  assert.is(model.banner, null);
});

test('U8 tries to connect in between do not put it off', () => {
  const { model, connection, pass } = setUp();
  connection('online');
  for (let turn = 0; turn < 3; turn++) {
    connection('offline');
    pass(500);
    connection('connecting');
    pass(500);
  }
  assert.is(model.banner?.kind, 'offline');
});

test('U8 coming back says how many went out, for three seconds', () => {
  const { model, connection, pass } = setUp();
  connection('online');
  connection('offline');
  pass(4_000);
  connection('offline', 3);
  connection('online', 3);
  assert.is(model.banner, null);
  connection('online', 1);
  connection('online', 0);
  assert.equal(model.banner, { kind: 'back', text: 'Back. 3 messages went out.', action: null });
  pass(2_999);
  assert.is(model.banner?.kind, 'back');
  pass(1);
  assert.is(model.banner, null);
});

test('going offline again while "back" shows starts over', () => {
  const { model, connection, pass } = setUp();
  connection('offline');
  pass(3_000);
  connection('online');
  assert.is(model.banner?.text, 'Back.');
  connection('offline');
  assert.is(model.banner, null);
  pass(3_000);
  assert.is(model.banner?.kind, 'offline');
  pass(20_000);
  assert.is(model.banner?.kind, 'offline');
});

test('where the browser may drop what waits, the banner says so while something waits', async () => {
  const { model, connection, pass } = setUp(false);
  connection('offline', 0);
  pass(3_000);
  await settle();
  assert.is(model.banner?.text.includes('keep this browser'), false);
  connection('offline', 1);
  assert.is(model.banner?.text.includes('keep this browser'), true);
});

test('a version that the service refuses is worse than being offline', () => {
  const { model, connection, pass } = setUp();
  connection('offline', 0, 'sync/version');
  pass(5_000);
  assert.is(model.banner?.kind, 'outdated');
});

test('U10 a device that was linked elsewhere is told of until somebody looks; not while nothing can be done', () => {
  const { model, engine, platform, connection, pass } = setUp();
  connection('online');
  const device = (name: string, isNew: boolean) => ({
    ...{ id: name as DeviceId, name, kind: 'device' as const, added: 1, current: false, isNew },
  });
  engine.tell('devices', { devices: [device('Desk', false)] });
  assert.is(model.banner, null);
  engine.tell('devices', { devices: [device('Desk', false), device('Pixel', true)] });
  assert.is(model.banner?.text, 'A device was linked to your account: Pixel.');
  engine.tell('devices', { devices: [device('Desk', true), device('Pixel', true)] });
  assert.is(model.banner?.text, '2 devices were linked to your account.');
  connection('offline');
  pass(3_000);
  assert.is(model.banner?.kind, 'offline');
  connection('online');
  assert.is(model.banner?.kind, 'new-device');
  model.act();
  assert.equal(platform.router.route, { name: 'devices' });
  engine.tell('devices', { devices: [device('Desk', false)] });
  assert.is(model.banner?.kind, 'back');
});

test('"Try now" asks the engine to connect', () => {
  const { model, connection, pass, engine } = setUp();
  connection('offline');
  pass(3_000);
  model.act();
  assert.equal(engine.names(), ['reconnect']);
});

test('nothing is followed after it is disposed of', () => {
  const { model, connection, pass, engine } = setUp();
  connection('offline');
  model.dispose();
  pass(5_000);
  assert.is(engine.watched('connection'), 0);
  assert.is(model.banner, null);
});

test.run();
