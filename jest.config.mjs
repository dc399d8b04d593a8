/**
 * Jest over native ES modules (run with --experimental-vm-modules).
 *
 * `unit` needs nothing but Node: pure rules, connectors against loopback HTTP, architecture. The others share one
 * PostgreSQL and one Temporal server, which test/support/global-setup.ts starts once, and only when at least one such
 * test is to run: in `database` each file works in a database of its own, and in `system` with servers of its own, so
 * that files run beside each other; `environment` is every other test, one file after the other.
 */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/\\.orderloom/'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          transform: { verbatimModuleSyntax: true },
        },
        sourceMaps: 'inline',
      },
    ],
  },
};

const withoutEnvironment = ['<rootDir>/test/unit/', '<rootDir>/test/architecture/'];
const databaseOfItsOwn = ['activities', 'allocation', 'api', 'db'].map(
  (name) => `<rootDir>/test/integration/${name}/`,
);
const systemOfItsOwn = ['e2e', 'faults'].map((name) => `<rootDir>/test/${name}/`);
const environment = {
  ...shared,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

export default {
  maxWorkers: 2,
  // Only here: a project's own is ignored. Generous, since no test waits by the clock.
  testTimeout: 60_000,
  workerIdleMemoryLimit: '1GB',
  watchman: false,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: withoutEnvironment.map((folder) => `${folder}**/*.test.ts`),
    },
    {
      ...environment,
      displayName: 'database',
      testMatch: databaseOfItsOwn.map((folder) => `${folder}**/*.test.ts`),
    },
    {
      ...shared,
      displayName: 'system',
      testMatch: systemOfItsOwn.map((folder) => `${folder}**/*.test.ts`),
    },
    {
      ...environment,
      displayName: 'environment',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        ...withoutEnvironment,
        ...databaseOfItsOwn,
        ...systemOfItsOwn,
      ],
    },
  ],
};
