/** Counts and shows what becomes of steps and files. */
export class Report {
  passed = 0;
  failed = 0;
  skipped = 0;

  /**
   * @param {string} name of a step or file
   * @param {{ passed: number, failed: number, skipped: number, reason: string, seconds?: number }} verdict
   * @param {string} output shown when something failed
   */
  add(name, verdict, output) {
    this.passed += verdict.passed;
    this.failed += verdict.failed;
    this.skipped += verdict.skipped;
    if (verdict.failed === 0) {
      const skipped = verdict.skipped > 0 ? `, ${verdict.skipped} skipped` : '';
      const took = verdict.seconds === undefined ? '' : `, ${Math.round(verdict.seconds)} s`;
      console.log(`ok      ${name} (${verdict.passed}${skipped}${took})`);
      return;
    }
    this.tell(`FAILED  ${name}: ${verdict.reason}`, output);
  }

  /** Shows something, and output below it. */
  tell(line, output) {
    console.log(line);
    const lines = output.trimEnd().split('\n');
    console.log(lines.map((one) => `        ${one}`).join('\n'));
  }

  /** @param {{ code: number, output: string }} result of a step */
  addStep(name, { code, output }) {
    const ok = code === 0;
    const verdict = { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, reason: `exit code ${code}` };
    this.add(name, verdict, output);
  }
}
