import { demandNode } from './launch/node-version.mjs';

demandNode();
import('./launch/screenshots.mjs')
  .then(({ screenshots }) => screenshots())
  .then((code) => {
    process.exitCode = code;
  });
