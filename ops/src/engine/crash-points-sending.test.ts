import { crashPointSuite } from './testing/crash-point-suite.js';

await crashPointSuite('mara', 'crash points of who writes first', [
  'out',
  'post',
  'chain',
  'state-out',
  'conversation',
  'feed',
  'signal',
  'messages',
  'summary',
]);
