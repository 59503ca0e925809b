/**
 * Which folder may import which. docs/architecture.md draws it; these tables enforce it.
 * A new folder or library gets its row here, with the reason as the comment.
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

/**
 * The folders of core: each imports only the folders in its list, and the reason is the third column. `locales` is data:
 * everything may read it.
 */
const coreFolders = [
  ['base', [], 'Results, findings and texts: what every folder shares.'],
  ['locales', ['base'], 'The words.'],
  ['network', ['base'], 'Values: addresses, host names, URLs, fingerprints.'],
  ['platform', ['base', 'network'], 'Machines, storage, networks and owners; a folder and a row for each platform.'],
  [
    'site',
    ['base', 'network', 'platform'],
    'The site file, without a plan. Its data centres have the sections of the platforms.',
  ],
  ['plan', ['base', 'network', 'platform', 'site'], 'A pure function of the site.'],
  ['handover', ['base', 'network'], 'A file format: it knows no plan.'],
  ['media', ['base', 'network', 'handover'], 'File formats; the catalogue names recipients of the handover.'],
  ['deploy', ['base', 'media', 'network', 'plan', 'platform', 'site'], 'The plan against the inventory.'],
  [
    'preflight',
    ['base', 'network', 'site', 'plan', 'platform', 'deploy', 'gateway', 'handover', 'media'],
    'Rules look at the site, its plan and the facts.',
  ],
  [
    'gateway',
    ['base', 'network', 'site', 'plan', 'media', 'handover', 'platform'],
    'The files and checks of a gateway: a function of the plan.',
  ],
  ['certificate', ['base', 'preflight'], 'Rules about a chain.'],
  ['run', ['base', 'site', 'plan', 'platform', 'deploy', 'media'], 'Events and the record of a run.'],
  [
    'documents',
    ['base', 'network', 'site', 'plan', 'platform', 'deploy', 'media', 'run'],
    'Written from the plan, the inventory and the record.',
  ],
];

/** The folders of main, from top to bottom: each imports only folders below it. */
const mainFolders = [
  [
    'commands',
    ['demo', 'serve', 'api', 'compose', 'runner', 'gateways', 'records', 'platforms', 'adapters', 'system'],
    'A command is an entry point.',
  ],
  [
    'demo',
    ['compose', 'runner', 'gateways', 'records', 'adapters', 'system'],
    'Sample data, the simulator, and guests that answer the programs of the product.',
  ],
  ['serve', ['api', 'system'], 'The loopback server carries the API and decides who may talk to it.'],
  ['compose', ['runner', 'gateways', 'records', 'platforms', 'adapters', 'system'], 'Puts the services together.'],
  ['api', ['runner', 'gateways', 'records', 'platforms', 'adapters', 'system'], 'The contract for one session.'],
  ['runner', ['gateways', 'records', 'platforms', 'adapters', 'system'], 'The stages of a run.'],
  ['gateways', ['adapters', 'system'], 'Applies files to the gateways over SSH.'],
  ['records', ['adapters', 'system'], 'What this computer keeps of a site.'],
  ['platforms', ['system'], 'One folder per platform. It sees no adapter.'],
  ['adapters', ['x509', 'system'], 'One folder per outside thing. What two of them need together is passed in.'],
  ['x509', [], 'Certificates out of DER. Two adapters read them: that of the edge and that of the media.'],
  ['system', [], 'Files, locks, processes: below everything.'],
];

/** The folders of renderer. */
const rendererFolders = [
  ['steps', ['components', 'stores', 'models', 'client', 'i18n', 'theme'], 'The pages.'],
  ['components', ['stores', 'models', 'client', 'i18n', 'theme'], 'Parts of pages.'],
  ['stores', ['models', 'client', 'i18n'], 'State. Rules are in core.'],
  ['client', ['models'], 'The contract over either transport.'],
  ['i18n', ['models'], 'Words for the pages.'],
  ['models', [], 'Pure functions for the pages.'],
  ['theme', [], 'Colours and sizes.'],
];

const folderRules = (side, folders) =>
  folders.map(([folder, below, says]) => ({
    name: `${side}/${folder}`,
    comment: says,
    severity: 'error',
    from: { path: `^${side}/${folder}/` },
    to: { path: `^${side}/[^/]+/`, pathNot: `^${side}/(${[folder, ...below].join('|')})/` },
  }));

/** Libraries that reach outside, and the only places that may hold them. */
const reachingOut = [
  {
    library: 'electron',
    at: '^(main/electron|preload/|tests/host/)',
    says: 'Electron stays in its entry point and the preload.',
  },
  { library: 'keytar', at: '^main/adapters/secrets/', says: 'The keychain has one owner.' },
  { library: 'ssh2', at: '^main/(adapters/ssh|demo/guests)/', says: 'Only the demo has an SSH server.' },
  { library: 'node-ssh', at: '^main/adapters/ssh/', says: 'SSH has one owner.' },
  { library: 'pkijs', at: '^main/(adapters/certificate|x509)/', says: 'Certificates have one reader.' },
  { library: 'asn1js', at: '^main/(adapters/certificate|x509)/', says: 'Certificates have one reader.' },
  { library: 'node-forge', at: '^main/adapters/certificate/', says: 'Old ciphers of PKCS#12 have one owner.' },
  { library: 'govc-wrapper', at: '^main/platforms/vsphere/', says: 'vSphere has one owner.' },
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
      name: 'platforms-are-apart',
      comment: 'A platform is one folder: another platform is added without touching it.',
      severity: 'error',
      from: { path: '^(core/platform|main/platforms)/([^/]+)/' },
      to: { path: '^(core/platform|main/platforms)/[^/]+/', pathNot: '^(core/platform|main/platforms)/$2/' },
    },
    ...folderRules('core', coreFolders),
    ...folderRules('main', mainFolders),
    ...folderRules('renderer', rendererFolders),
    {
      name: 'core-folders-see-no-contract',
      comment: 'The contract of the page (core/*.ts) is made of the folders.',
      severity: 'error',
      from: { path: '^core/[^/]+/' },
      to: { path: '^core/[^/]+\\.ts$' },
    },
    {
      name: 'only-entry-points-start',
      comment: 'Electron, browser and command line are entry points. Only commands start one.',
      severity: 'error',
      from: { path: '^main/[^/]+/', pathNot: '^main/commands/' },
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
      from: { path: '^(main|preload|renderer)/', pathNot: '^main/system/processes/' },
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
