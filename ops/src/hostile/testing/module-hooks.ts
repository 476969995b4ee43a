import type { LoadHook } from 'node:module';
import { REMOVED_CHECKS, type RemovedCheck } from './removed-checks.js';

const checks = JSON.parse(process.env[REMOVED_CHECKS] ?? '[]') as RemovedCheck[];

/**
 * Loads modules, without the checks that this control takes out of them.
 * @throws Error when the text is not there once: the control is out of date
 */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  const removed = checks.filter(({ file }) => url.endsWith(`/${file}`));
  if (removed.length === 0 || loaded.source == null) return loaded;
  const source = removed.reduce(without, Buffer.from(loaded.source as Uint8Array).toString());
  return { ...loaded, source };
};

function without(source: string, { file, find, replace }: RemovedCheck): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`control out of date: ${parts.length - 1} times in ${file}: ${find}`);
  console.error(`taken out of ${file}`);
  return parts.join(replace);
}
