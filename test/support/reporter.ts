/**
 * What `npm test` prints: a line per file with its time, every failure whole, every skipped test
 * with its title, and as the last line `N passed, N failed` (and `, N skipped`), which CI reads.
 */

import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

/** Vitest reporter of this project; see the module's first words. */
export default class PlainReporter implements Reporter {
  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()];
    const failed = tests.filter((test) => test.result().state === 'failed');
    const seconds = (module.diagnostic().duration / 1000).toFixed(1);
    console.log(
      `${module.ok() ? 'ok    ' : 'FAILED'} ${module.relativeModuleId} (${tests.length} tests, ${seconds} s)`,
    );
    for (const error of module.errors()) console.log(describe(error));
    for (const test of failed) reportFailure(test);
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<SerializedError>): void {
    for (const error of errors) console.log(`FAILED outside a test\n${describe(error)}`);
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) count(module, counts);
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
  }
}

function count(module: TestModule, counts: { passed: number; failed: number; skipped: number }): void {
  const tests = [...module.children.allTests()];
  // A file that fails to load runs no test and still is a failure.
  if (!module.ok() && !tests.some((test) => test.result().state === 'failed')) counts.failed += 1;
  for (const test of tests) {
    const state = test.result().state;
    if (state === 'passed') counts.passed += 1;
    else if (state === 'failed') counts.failed += 1;
    else {
      counts.skipped += 1;
      console.log(`skipped ${module.relativeModuleId} > ${test.fullName}`);
    }
  }
}

function reportFailure(test: TestCase): void {
  console.log(`  x ${test.fullName}`);
  for (const error of test.result().errors ?? []) console.log(describe(error).replace(/^/gm, '      '));
}

function describe(error: SerializedError): string {
  const diff = typeof error['diff'] === 'string' ? `\n${error['diff']}` : '';
  return `${error.stack ?? error.message}${diff}`;
}
