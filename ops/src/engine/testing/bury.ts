/** Time for uvu to say how it went, milliseconds. */
const SAYING_MS = 2_000;

/**
 * Ends a test's process soon after its last test. Devices that died in it have no process of their own that would end: what they
 * had begun, a retry in a minute say, would keep this one.
 */
export function buryTheDead(test: { after(run: () => void): void }): void {
  test.after(() => {
    setTimeout(() => process.exit(), SAYING_MS).unref();
  });
}
