import { demandNode } from './launch/node-version.mjs';

demandNode();
import('./testing/run-all.mjs')
  .then(({ runAll }) => runAll(process.argv[2]))
  .then((code) => {
    process.exitCode = code;
  });
