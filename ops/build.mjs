import { demandNode } from './launch/node-version.mjs';

demandNode();

async function build() {
  const { ensureInstalled } = await import('./launch/install.mjs');
  if (!(await ensureInstalled())) return 1;
  const { bundle, compile } = await import('./launch/build.mjs');
  const compiled = await compile();
  if (compiled.code !== 0) return 1;
  return (await bundle()).code === 0 ? 0 : 1;
}

build().then((code) => {
  process.exitCode = code;
});
