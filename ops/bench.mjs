import { demandNode } from './launch/node-version.mjs';

demandNode();
import('./launch/bench.mjs')
  .then(({ bench }) => bench(process.argv.slice(2)))
  .then((code) => {
    process.exitCode = code;
  });
