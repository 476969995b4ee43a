import { crashPointSuite } from './testing/crash-point-suite.js';

await crashPointSuite('noor', 'crash points of who receives first', [
  'inbox',
  'signal',
  'chain',
  'conversation',
  'messages',
  'summary',
  'out',
  'post',
]);
