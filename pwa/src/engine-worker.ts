import type { Engine } from '@sotto/client';
import { ProtocolError } from '@sotto/protocol';
import { hostEngine } from './platform/engine-host.js';

/** The engine's worker. This is the one place that composes the engine for a browser. */
async function compose(): Promise<Engine> {
  throw new ProtocolError('service/unavailable', { detail: 'no engine is composed yet' });
}

hostEngine(compose);
