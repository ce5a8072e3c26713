import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` needs nothing but Node and belongs to `npm run check`; `system` shares one
 * Postgres server per run (see test/support/global-setup.ts) and may start nodes and processes.
 */
const unit = ['packages/protocol/src/**/*.test.ts', 'tools/**/*.test.ts', 'packages/**/*.unit.test.ts'];

export default defineConfig({
  test: {
    reporters: ['./test/support/reporter.ts'],
    maxWorkers: 2,
    projects: [
      // The time only ends what hangs: a busy machine is no failure.
      { test: { name: 'unit', include: unit, testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'system',
          include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...unit, '**/dist/**', '**/node_modules/**'],
          globalSetup: ['./test/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
