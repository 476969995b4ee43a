import { demandNode } from './launch/node-version.mjs';

demandNode();
import('./launch/chaos.mjs')
  .then(({ chaos }) => chaos(process.argv.slice(2)))
  .then((code) => {
    process.exitCode = code;
  });
