import 'fake-indexeddb/auto';
import { runIdbSuites } from './idb-suite.js';

// PouchDB reads it when it opens IndexedDB; Node 20 has none.
Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node' }, configurable: true });

runIdbSuites();
