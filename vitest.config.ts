import { defineConfig } from 'vitest/config';

const shared = {
  restoreMocks: true,
  unstubEnvs: true,
  expect: { requireAssertions: true },
};

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/core/**'],
      thresholds: { 'src/core/**': { statements: 100, branches: 100, functions: 100, lines: 100 } },
    },
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          // On a machine under load a test takes many times its own seconds.
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.integration.test.ts', 'test/faults/**', 'test/**/*.cloud.test.ts'],
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['test/**/*.integration.test.ts', 'test/faults/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...shared,
          name: 'cloud',
          include: ['test/**/*.cloud.test.ts'],
          globalSetup: ['test/cloud/lab/set-up.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
