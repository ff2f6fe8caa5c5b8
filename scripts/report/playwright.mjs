/** A Playwright reporter that leaves counts and reasons for scripts/test.mjs in the file named by FINEGRAIN_REPORT. */
import { writeFileSync } from 'node:fs';

/** @implements {import('@playwright/test/reporter').Reporter} */
export default class CountingReporter {
  #suite;
  #errors = 0;

  onBegin(_configuration, suite) {
    this.#suite = suite;
  }

  /** Errors outside any test, such as a spec that cannot be loaded. */
  onError() {
    this.#errors++;
  }

  onEnd() {
    const report = { passed: 0, failed: this.#errors, failures: [], skips: [] };
    for (const test of this.#suite?.allTests() ?? []) {
      const name = test.titlePath().filter(Boolean).join(' > ');
      const outcome = test.outcome();
      if (outcome === 'skipped') {
        const reason =
          test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description ?? '';
        report.skips.push({ test: name, reason });
      } else if (outcome === 'expected') report.passed++;
      else {
        report.failed++;
        report.failures.push(`${name}${outcome === 'flaky' ? ' (passed only when tried again)' : ''}`);
      }
    }
    const path = process.env.FINEGRAIN_REPORT;
    if (path) writeFileSync(path, JSON.stringify(report));
  }

  printsToStdio() {
    return false;
  }
}
