// Syntax of 2018 only: Node 12 must get far enough to say that it is too old.
import { demandNode } from './launch/node-version.mjs';

demandNode();
import('./launch/start.mjs')
  .then(({ start }) => start(process.argv.slice(2)))
  .then((code) => {
    if (code) process.exit(code);
  });
