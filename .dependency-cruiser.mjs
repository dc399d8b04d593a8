/**
 * Who may import whom. Each folder names what it may reach inside of this repository; everything else is refused,
 * type-only imports included (`tsPreCompilationDeps`). test/architecture/import-rules.test.ts plants a violation
 * of each rule and proves that it is reported.
 */

const folders = [
  'activities',
  'api',
  'bench',
  'config',
  'connectors',
  'console',
  'db',
  'domain',
  'sandbox',
  'scripts',
  'test',
  'workers',
  'workflows',
];

/** What runs in production, as opposed to what develops, shows and tests it. */
const production = '^(activities|api|config|connectors|db|domain|workers|workflows)/';

/** `from` may reach the paths in `allowed` (regular expressions) and itself, and no other folder of ours. */
function mayImportOnly(from, allowed, comment) {
  return {
    name: `${from}-imports`,
    comment,
    severity: 'error',
    from: { path: `^${from}/` },
    to: { path: `^(${folders.join('|')})/`, pathNot: [`^${from}/`, ...allowed] },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    mayImportOnly('domain', [], 'Rules and types depend on nothing but each other.'),
    {
      name: 'domain-is-pure',
      comment:
        'No package and no part of Node: time, ids and outside facts come in as arguments. One that only computes is named.',
      severity: 'error',
      from: { path: '^domain/' },
      to: {
        pathNot: '^node_modules/binpackingjs/',
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      },
    },
    mayImportOnly(
      'connectors',
      ['^domain/'],
      'A connector turns the words of an outside party into those of domain.',
    ),
    mayImportOnly('db', ['^domain/'], 'The database knows what it stores and nothing of who uses it.'),
    mayImportOnly('config', [], 'Settings are read before anything else is there.'),
    mayImportOnly(
      'activities',
      ['^domain/', '^db/', '^connectors/'],
      'Activities decide by domain and act by db and connectors.',
    ),
    mayImportOnly(
      'workflows',
      ['^domain/', '^activities/'],
      'Workflows know rules, and activities by their types alone, which .oxlintrc.json sees to.',
    ),
    mayImportOnly(
      'api',
      [
        '^domain/',
        '^db/',
        '^config/',
        '^workflows/(contracts|client)\\.ts$',
        '^connectors/failure\\.ts$',
        '^connectors/(carriers|storefronts|payments)/(registry|carrier|storefront|payment|provider|webhook-body)\\.ts$',
        '^connectors/(carriers|storefronts|payments)/[^/]+/(webhook|signature|parse)[^/]*\\.ts$',
      ],
      'The API reads the database, tells workflows, and of connectors only verifies and parses webhooks.',
    ),
    mayImportOnly(
      'workers',
      [...['domain', 'db', 'config', 'connectors', 'activities', 'workflows'].map((each) => `^${each}/`)],
      'The composition root of the worker.',
    ),
    mayImportOnly(
      'sandbox',
      [],
      "The stand-ins are built from the parties' documents: sharing code with us would share our mistakes.",
    ),
    mayImportOnly('console', [], 'The console is a client of the HTTP API only.'),
    {
      name: 'nobody-imports-processes-or-tests',
      comment: 'Processes are started, not imported.',
      severity: 'error',
      from: { pathNot: '^(test|workers|api)/' },
      to: { path: '^(workers|api|test)/' },
    },
    {
      name: 'production-without-tools',
      comment: 'Production installs without development dependencies, and without what only develops.',
      severity: 'error',
      from: { path: production },
      to: { path: '^(scripts|bench|sandbox|test)/' },
    },
    {
      name: 'production-without-dev-dependencies',
      severity: 'error',
      from: { path: production },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules/.cache|\\.orderloom|coverage)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
