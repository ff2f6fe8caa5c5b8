/** A Playwright reporter that leaves counts and reasons for scripts/test.ts in the file named by FINEGRAIN_REPORT. */
import { writeFileSync } from 'node:fs';
import type { FullConfig, Reporter, Suite } from '@playwright/test/reporter';
import type { Counts } from './counts.ts';

export default class CountingReporter implements Reporter {
  #suite: Suite | undefined;
  #errors = 0;

  onBegin(_configuration: FullConfig, suite: Suite): void {
    this.#suite = suite;
  }

  /** Errors outside any test, such as a spec that cannot be loaded. */
  onError(): void {
    this.#errors++;
  }

  onEnd(): void {
    const report: Counts = { passed: 0, failed: this.#errors, failures: [], skips: [] };
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

  printsToStdio(): boolean {
    return false;
  }
}
