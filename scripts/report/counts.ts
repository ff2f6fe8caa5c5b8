/** What a section of `npm test` counted. */
export interface Counts {
  passed: number;
  failed: number;
  /** Names of what failed. */
  failures: string[];
  skips: { test: string; reason: string }[];
}
