import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as syncProtocol from 'y-protocols/sync';
import * as Y from 'yjs';
import { yjsWriter } from '../testing/feeds.js';
import { decodeYjsMessage, encodeYjsMessage } from './yjs-message.js';

const test = suite('y-protocols/sync messages');

test('[W3] reads what y-protocols writes', () => {
  const writer = yjsWriter(5);
  writer.push([Uint8Array.of(1)]);
  const write = (put: (encoder: encoding.Encoder) => void) => decodeYjsMessage(encoding.encode(put));
  assert.equal(
    write((encoder) => syncProtocol.writeSyncStep1(encoder, writer.doc)),
    { step: 'state-vector', payload: Y.encodeStateVector(writer.doc) },
  );
  assert.equal(
    write((encoder) => syncProtocol.writeSyncStep2(encoder, writer.doc)),
    { step: 'answer', payload: writer.updates[0]! },
  );
  assert.equal(
    write((encoder) => syncProtocol.writeUpdate(encoder, writer.updates[0]!)),
    { step: 'update', payload: writer.updates[0]! },
  );
});

test('[W3] y-protocols reads what this writes, and answers', () => {
  const writer = yjsWriter(5);
  writer.push([Uint8Array.of(1, 2)]);
  const doc = new Y.Doc();
  const ask = encodeYjsMessage({ step: 'state-vector', payload: Y.encodeStateVector(doc) });
  const reply = encoding.createEncoder();
  syncProtocol.readSyncMessage(decoding.createDecoder(ask), reply, writer.doc, null);
  const answer = decodeYjsMessage(encoding.toUint8Array(reply));
  assert.is(answer.step, 'answer');
  for (const step of ['answer', 'update'] as const) {
    const target = new Y.Doc();
    const bytes = encodeYjsMessage({ step, payload: answer.payload });
    syncProtocol.readSyncMessage(decoding.createDecoder(bytes), encoding.createEncoder(), target, null);
    assert.equal(target.getArray(writer.root).toArray(), [Uint8Array.of(1, 2)]);
  }
});

test.run();
