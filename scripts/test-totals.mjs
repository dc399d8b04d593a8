/** A Jest reporter that hands the totals of a run to the process that started Jest (scripts/test.ts). */
export default class TestTotals {
  onRunComplete(_contexts, results) {
    process.send?.({
      passed: results.numPassedTests,
      // a file that can't even be loaded counts as one failure
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      files: results.numTotalTestSuites,
    });
  }
}
