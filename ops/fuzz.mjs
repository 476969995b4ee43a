import { demandNode } from './launch/node-version.mjs';

demandNode();

async function fuzz() {
  const { ensureInstalled } = await import('./launch/install.mjs');
  if (!(await ensureInstalled())) return 1;
  const { compile } = await import('./launch/build.mjs');
  const { code } = await compile([], { quiet: true });
  if (code !== 0) return code;
  await import('./dist/fuzz/main.js');
  return process.exitCode ?? 0;
}

fuzz().then((code) => {
  process.exitCode = code;
});
