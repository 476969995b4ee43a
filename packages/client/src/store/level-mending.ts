/** What of a LevelDB this needs. */
interface Reopened {
  readonly status: string;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** Writes that are not believed where LevelDB must not be. */
export interface Mending {
  /** @throws whatever `write` threw; also when one beside it failed: nothing may be assumed then */
  write(write: () => Promise<void>): Promise<void>;
  /** Where it is shut, for there was no room to open it, opens it. */
  readable(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A write that failed (a full disk) may have left a part of itself at the end of LevelDB's log. LevelDB goes on behind it, and does
 * not read after a crash what it wrote there: keys that were used would be used again. So after a failed write the database is
 * closed and opened before the next one, which makes it begin another log.
 */
export function mendedAfterFailure(db: Reopened): Mending {
  let failures = 0;
  let mended = 0;
  let closed = false;
  let mending: Promise<void> | undefined;

  async function mend(): Promise<void> {
    const seen = failures;
    // Waits for writes under way.
    await db.close();
    if (closed) return;
    await db.open();
    mended = seen;
  }

  /** One at a time, whoever asks for it. */
  async function whole(): Promise<void> {
    while (mended < failures && !closed) {
      mending ??= mend().finally(() => {
        mending = undefined;
      });
      await mending;
    }
  }

  return {
    async write(write) {
      await whole();
      const seen = failures;
      try {
        await write();
      } catch (error) {
        failures += 1;
        throw error;
      }
      if (failures !== seen) throw new Error('a write beside this one failed');
    },
    async readable() {
      if (mending || (mended < failures && db.status === 'closed')) await whole();
    },
    async close() {
      closed = true;
      await mending?.catch(() => {});
      await db.close();
    },
  };
}
