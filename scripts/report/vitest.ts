/** A vitest reporter that leaves counts and reasons for scripts/test.ts in the file named by FINEGRAIN_REPORT. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import type { Counts } from './counts.ts';

export default class CountingReporter implements Reporter {
  /** `unhandled`: errors outside any test. */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const report: Counts = { passed: 0, failed: unhandled.length, failures: [], skips: [] };
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      // A file that cannot even be loaded has no tests to fail.
      if (
        module.state() === 'failed' &&
        [...module.children.allTests()].every((test) => test.result().state !== 'failed')
      ) {
        report.failed++;
        report.failures.push(`${file}: could not run`);
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') report.passed++;
        else if (result.state === 'failed') {
          report.failed++;
          report.failures.push(`${file}: ${test.fullName}`);
        } else
          report.skips.push({
            test: `${file}: ${test.fullName}`,
            reason: ('note' in result && result.note) || '',
          });
      }
    }
    const path = process.env.FINEGRAIN_REPORT;
    if (path) writeFileSync(path, JSON.stringify(report));
  }
}
