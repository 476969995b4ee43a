import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { messages, person, TestServer } from '../testing/server.js';

const test = suite('a clock that is set');
/** Shorter than a token lives. */
const AHEAD_MS = 300_000;

test('S11 W8 a clock that was ahead and is set back makes nobody wait until it is there again', async () => {
  const rightTime = Date.now;
  let ahead = 0;
  Date.now = () => rightTime() + ahead;
  test.after(() => {
    Date.now = rightTime;
  });
  const server = await TestServer.start({ limits: { appendBurst: 20, appendPerSecond: 1 } });
  const ann = await server.device(person());
  const document = messages(await server.conversation(ann));
  ahead = AHEAD_MS;
  ann.append(1, document, ann.updateAt(document, 0, 1));
  assert.is((await ann.next('ack')).next, 1);
  ahead = 0;
  ann.append(2, document, ann.updateAt(document, 1, 10));
  const answer = await ann.until(
    () => [...ann.all('ack'), ...ann.all('error')].find(({ batch }) => batch === 2),
    'an answer',
  );
  assert.is(answer.type, 'ack');
  await server.stop();
});

test.run();
