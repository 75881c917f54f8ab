import { join } from 'node:path'
import solid from 'vite-plugin-solid'
import { defineConfig } from 'vitest/config'

// Processes that tests start compile what one before them has compiled only once.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled')

// A machine that runs fourteen engines on two cores may stall a test once; a second failure is a failure.
const retry = process.env.CI ? 2 : 0
const node = { environment: 'node' as const, retry, testTimeout: 60_000, hookTimeout: 120_000 }
const rig = 'test/**/*.rig.test.ts'
const browser = 'test/**/*.browser.test.ts'
const argo = 'test/**/*.argo.test.ts'
const postgres = [
  'test/{handlers,jobs,serve,runtimes}/**/*.test.ts',
  'test/shared/{db,http,queue}/**/*.test.ts',
]

// Six kinds of test, from the quickest: `unit` needs nothing, `ui` draws pages without a browser, `postgres` needs an
// embedded Postgres, `rig` real search engines (test/rigs), `browser` a Chromium and the engines, `argo` a Kubernetes
// with Argo Workflows and the engines.
export default defineConfig({
  test: {
    // Suites wait for engines and processes more than they compute.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['test/{shared,tools}/**/*.test.ts', 'test/*.test.ts'],
          exclude: [rig, browser, argo, ...postgres],
        },
      },
      {
        plugins: [solid()],
        test: {
          name: 'ui',
          environment: 'happy-dom',
          environmentOptions: { happyDOM: { url: 'http://migration.test/ui/' } },
          include: ['test/ui/**/*.test.{ts,tsx}'],
          exclude: [browser],
          server: { deps: { inline: [/node_modules\/msw/, /node_modules\/@solidjs/] } },
        },
      },
      {
        test: {
          ...node,
          name: 'postgres',
          include: postgres,
          exclude: [rig, browser, argo],
          globalSetup: 'test/harness/global-setup.ts',
        },
      },
      {
        test: {
          ...node,
          name: 'rig',
          include: [rig],
          globalSetup: 'test/rigs/global-setup.ts',
          // Suites share the engines, several at a time: each keeps to names and repositories of its own.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...node,
          name: 'argo',
          include: [argo],
          globalSetup: ['test/rigs/global-setup.ts', 'test/argo/global-setup.ts'],
          sequence: { groupOrder: 3 },
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          ...node,
          name: 'browser',
          include: [browser],
          globalSetup: 'test/rigs/global-setup.ts',
          sequence: { groupOrder: 2 },
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
