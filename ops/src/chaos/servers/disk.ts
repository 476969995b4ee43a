import { execFile } from 'node:child_process';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the store's files are, and how they run out of room. */
export interface Disk {
  readonly folder: string;
  readonly kind: 'tmpfs' | 'limit';
  /** Leaves so many bytes of room. */
  fill(room: number): Promise<void>;
  free(): Promise<void>;
  remove(): Promise<void>;
}

const SIZE = 96 * 1024 * 1024;

/** A small file system of its own, for who may mount one. @returns undefined for who may not */
export async function mountedDisk(folder: string): Promise<Disk | undefined> {
  await mkdir(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'sotto-chaos', folder]);
  } catch {
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  return {
    folder,
    kind: 'tmpfs',
    async fill(room) {
      const file = await open(ballast, 'w');
      const block = Buffer.alloc(1024 * 1024);
      try {
        for (let size = block.length; size >= 1; size >>= 1)
          while (
            await file.write(block, 0, size).then(
              ({ bytesWritten }) => bytesWritten === size,
              () => false,
            )
          );
        const { size } = await file.stat();
        await file.truncate(Math.max(0, size - room));
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast, { force: true }),
    async remove() {
      await run('umount', ['-l', folder]);
    },
  };
}

/**
 * A bound on how long the files of a process may become, which the kernel keeps as a full disk does: what goes beyond is cut
 * off and fails.
 * @param pid of the process that writes them now
 */
export function limitedDisk(folder: string, pid: () => number | undefined): Disk {
  const limit = async (most: string) => {
    const writer = pid();
    // One that is dead meets its bound when it is back: whoever starts it asks again.
    if (writer !== undefined)
      await run('prlimit', ['--pid', String(writer), `--fsize=${most}:unlimited`]).catch(() => {});
  };
  return {
    folder,
    kind: 'limit',
    async fill(room) {
      await limit(String((await newestLog(folder)) + room));
    },
    free: () => limit('unlimited'),
    async remove() {},
  };
}

/** Length of the log that LevelDB writes now. */
async function newestLog(folder: string): Promise<number> {
  const names = (await readdir(join(folder, 'store')).catch(() => [])).filter((name) =>
    name.endsWith('.log'),
  );
  const last = names.sort().at(-1);
  return last === undefined ? 0 : (await stat(join(folder, 'store', last)).catch(() => ({ size: 0 }))).size;
}
