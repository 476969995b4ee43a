import type { CDPSession, Page } from 'playwright-core';

/** What the threads of a page used of the processors, whatever else the machine was doing. */
export interface ThreadTimes {
  /** Of the page's own thread, CPU ms of its longest task: frames that are later than this are the machine's. */
  readonly longestPageTaskCpuMs: number;
  /** CPU seconds of the page's own thread, and of its workers' threads, in which the engine runs. */
  readonly pageCpuS: number;
  readonly workerCpuS: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** CPU microseconds. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

const PAGE = 'CrRendererMain';
const WORKER = 'DedicatedWorker thread';

/** Counts the tasks of a page's threads from now until the returned function is called. */
export async function countThreadTimes(page: Page): Promise<() => Promise<ThreadTimes>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const names = new Map<string, string>();
  const tasks: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value as unknown as TraceEvent[]) {
      if (event.name === 'thread_name') names.set(`${event.pid}/${event.tid}`, event.args.name ?? '');
      if (event.ph === 'X' && event.name.endsWith('RunTask')) tasks.push(event);
    }
  });
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel'], recordMode: 'recordContinuously' },
  });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    const times = (thread: string) =>
      tasks.filter(({ pid, tid }) => names.get(`${pid}/${tid}`) === thread).map(({ tdur = 0 }) => tdur);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / 1_000_000;
    const pageTimes = times(PAGE);
    return {
      longestPageTaskCpuMs: pageTimes.reduce((a, b) => Math.max(a, b), 0) / 1_000,
      pageCpuS: sum(pageTimes),
      workerCpuS: sum(times(WORKER)),
    };
  };
}
