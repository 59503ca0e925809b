/** Reads counts from the runners' JSON reports, and closing lines from their output. */
import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** `{ passed, failed, skipped }` of a Vitest report. A file that could not be loaded counts as one failure. */
export function countVitest(report) {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** `{ passed, failed, skipped }` of a Playwright report. A test that passed only on a retry has failed. */
export function countPlaywright({ stats, errors }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped };
}

/** The counts of one runner. A runner without a report, or with a failure but no failed test, counts as one failure. */
export function countRun(reportPath, count, exitCode) {
  if (!existsSync(reportPath)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = count(JSON.parse(readFileSync(reportPath, 'utf8')));
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

export const addCounts = (left, right) => ({
  passed: left.passed + right.passed,
  failed: left.failed + right.failed,
  skipped: left.skipped + right.skipped,
});

const closing = /^\s*(Test Files|Tests|Duration|\d+ (passed|failed|skipped|flaky|did not run))\b/;

/** The runner's own closing lines, and the reasons that tests gave for skipping themselves. */
export function closingLines(output) {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trimEnd());
  const reasons = new Set(lines.filter((line) => /^Skipped\b/.test(line)));
  return [...reasons, ...lines.filter((line) => closing.test(line))];
}
