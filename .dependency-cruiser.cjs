/**
 * Who may import whom. The drawing of the house is in docs/architecture.md; this table is what enforces it.
 * A new layer or library gets its row here, with the reason as the comment.
 */

/** Libraries that neither touch the machine nor keep a clock: the only ones core may use. */
const pureLibraries = [
  '@intlify/core-base',
  '@noble/hashes',
  '@orpc/contract',
  '@scure/base',
  'elkjs',
  'ipaddr.js',
  'saxes',
  'tldts',
  'uqr',
  'yaml',
  'zod',
];

/** Libraries that reach outside, and the only places that may hold them. */
const reachingOut = [
  {
    library: 'electron',
    at: '^(main/electron|preload/|tests/host/)',
    says: 'Electron stays in its door and the preload.',
  },
  { library: 'keytar', at: '^main/adapters/secrets/', says: 'The keychain has one owner.' },
  { library: 'node-ssh', at: '^main/adapters/ssh/', says: 'SSH has one owner.' },
  { library: 'pkijs', at: '^main/adapters/certificate/', says: 'Certificates have one owner.' },
  { library: 'asn1js', at: '^main/adapters/certificate/', says: 'Certificates have one owner.' },
  { library: 'govc-wrapper', at: '^main/adapters/vsphere/', says: 'vSphere has one owner.' },
];

const everythingElse = 'main|preload|renderer|packages|tools|scripts|tests|bench';
const literal = (text) => text.replaceAll('.', '\\.').replaceAll('/', '\\/');

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Data flows left to right. A cycle hides who decides.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file nobody imports is dead, unless somebody starts it.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.d\\.m?ts$',
          '^[^/]+\\.(c|m)?(js|ts)$',
          '^(tests|scripts|bench)/',
          '^packages/[^/]+/tests/',
          '^main/(cli|electron|web)\\.ts$',
          '^renderer/main\\.ts$',
          '^preload/preload\\.ts$',
        ],
      },
      to: {},
    },
    {
      name: 'everything-resolves',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^virtual:', '^@fontsource'] },
    },
    {
      name: 'core-sees-only-core',
      comment: 'core is pure: facts, time and random bytes come in as arguments.',
      severity: 'error',
      from: { path: '^core/' },
      to: { path: `^(${everythingElse})/` },
    },
    {
      name: 'core-uses-no-node',
      comment: 'core runs in the browser too.',
      severity: 'error',
      from: { path: '^core/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-uses-pure-libraries',
      comment: 'Only the libraries in pureLibraries above.',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
        pathNot: `node_modules/(${pureLibraries.map(literal).join('|')})/`,
      },
    },
    {
      name: 'renderer-and-preload-see-only-core',
      comment: 'They reach main only through the contract.',
      severity: 'error',
      from: { path: '^(renderer|preload)/' },
      to: { path: '^(main|packages|tools|scripts|tests|bench)/' },
    },
    {
      name: 'renderer-and-preload-are-apart',
      severity: 'error',
      comment: 'They share the contract in core and nothing else.',
      from: { path: '^(renderer|preload)/' },
      to: { path: '^(renderer|preload)/', pathNot: '^$1/' },
    },
    {
      name: 'renderer-uses-no-node',
      comment: 'The renderer is sandboxed.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '\\.config\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'adapters-are-apart',
      comment: 'What two adapters need together is passed in by whoever composes them.',
      severity: 'error',
      from: { path: '^main/adapters/([^/]+)/' },
      to: { path: '^main/adapters/', pathNot: '^main/adapters/$1/' },
    },
    {
      name: 'adapters-are-the-bottom',
      comment: 'doors → api → runner → adapters.',
      severity: 'error',
      from: { path: '^main/adapters/' },
      to: { path: '^main/', pathNot: '^main/(adapters|system)/' },
    },
    {
      name: 'system-is-below-adapters',
      comment: 'What several adapters need of the machine, such as one bounded reader of files.',
      severity: 'error',
      from: { path: '^main/system/' },
      to: { path: '^main/', pathNot: '^main/system/' },
    },
    {
      name: 'runner-knows-no-api',
      comment: 'doors → api → runner → adapters.',
      severity: 'error',
      from: { path: '^main/runner/' },
      to: { path: '^main/api/' },
    },
    {
      name: 'only-doors-compose',
      comment: 'The doors (main/*.ts, with commands and demo behind the command line) wire the parts together.',
      severity: 'error',
      from: { path: '^main/[^/]+/', pathNot: '^main/(commands|demo)/' },
      to: { path: '^main/[^/]+\\.ts$' },
    },
    {
      name: 'packages-stand-alone',
      comment: 'A package could be published as it is. Its tests may have their real parts built.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(core|main|preload|renderer|tools|scripts|tests|bench)/', pathNot: '^tools/vsphere/build' },
    },
    {
      name: 'processes-have-one-owner',
      comment: 'Argument arrays, redaction, time limits and the end of the whole process tree are solved once.',
      severity: 'error',
      from: { path: '^(main|preload|renderer)/', pathNot: '^main/adapters/process/' },
      to: { path: '^(node:)?child_process$' },
    },
    ...reachingOut.map(({ library, at, says }) => ({
      name: `${library}-has-one-owner`,
      comment: says,
      severity: 'error',
      from: { path: '^(core|main|preload|renderer|packages)/', pathNot: [at, `^packages/${literal(library)}/`] },
      to: { path: `(node_modules|packages)/${literal(library)}/` },
    })),
    {
      name: 'product-imports-no-tests',
      comment: 'Tests, benches and scripts look at the product, never the other way round.',
      severity: 'error',
      from: { path: '^(core|main|preload|renderer|packages/[^/]+/src)/' },
      to: { path: '^(tests|bench|scripts)/' },
    },
    {
      name: 'product-ships-its-dependencies',
      comment: 'What the product imports at run time is a dependency, not a devDependency. Electron brings itself.',
      severity: 'error',
      from: { path: '^(core|main|preload|renderer|packages/[^/]+/src)/', pathNot: '\\.config\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm'],
        pathNot: ['node_modules/electron/', 'node_modules/vite/client', 'node_modules/@types/'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(build|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.vue', '.json', '.d.ts', '.cjs'],
    },
  },
};
