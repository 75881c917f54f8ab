import solid from 'vite-plugin-solid'
import { defineConfig } from 'vitest/config'

const node = { environment: 'node' as const, testTimeout: 20_000, hookTimeout: 120_000 }
const rig = 'test/**/*.rig.test.ts'
const browser = 'test/**/*.browser.test.ts'
const postgres = [
  'test/{handlers,jobs,serve,runtimes}/**/*.test.ts',
  'test/shared/{db,http,queue}/**/*.test.ts',
]

// Five kinds of test, from the quickest: `unit` needs nothing, `ui` draws pages without a browser, `postgres` needs an
// embedded Postgres, `rig` real search engines (test/rigs), `browser` a Chromium and the engines.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['test/{shared,tools}/**/*.test.ts', 'test/*.test.ts'],
          exclude: [rig, browser, ...postgres],
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
          exclude: [rig, browser],
          globalSetup: 'test/harness/global-setup.ts',
        },
      },
      {
        test: {
          ...node,
          name: 'rig',
          include: [rig],
          globalSetup: 'test/rigs/global-setup.ts',
          // Engines have the machine to themselves.
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
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
