import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` beside the source, `oracle` (the engine against PyTorch's stored numbers), `host` (whole runs,
 * processes killed, disks filled). Forks, not threads: native modules keep state for a process, and a native crash then
 * fails one file instead of the whole run.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    setupFiles: ['./test/setup.ts'],
    passWithNoTests: true, // scripts/test.ts fails when nothing ran at all
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}', 'bench/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'oracle',
          include: ['test/oracle/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'host',
          include: ['test/host/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
