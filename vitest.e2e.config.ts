import { defineConfig } from 'vitest/config';

/** The app as a whole, on a host of `test/e2e/hosts.ts`; one spec after the other, because each has a browser and a real engine. */
export default defineConfig({
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/announce.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
