import type { IConfiguration } from 'dependency-cruiser';

/**
 * Who may import whom. `npm run lint` and `npm test` fail on any line broken here.
 *
 *   src/shared  <-  src/main        src/shared  <-  src/renderer        src/shared  <-  src/preload
 *
 * Folders are matched by the path of the file that is imported, after resolution.
 */
const tests = '[.]test[.]tsx?$';

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'shared-is-pure',
      comment: 'src/shared runs in the page, the host and the trainer alike: no imports of theirs.',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { path: '^(src/(main|renderer|preload)|test|bench|scripts)/' },
    },
    {
      name: 'shared-without-node',
      comment: 'src/shared also runs in the page, where Node does not exist.',
      severity: 'error',
      from: { path: '^src/shared/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-is-a-page',
      comment: 'The page knows the host only through src/shared/rpc.',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^(src/(main|preload)|test|bench|scripts)/' },
    },
    {
      name: 'renderer-without-node',
      comment: 'The page runs in a sandbox.',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'main-without-page',
      comment: 'Host, engine and terminal know nothing of the page.',
      severity: 'error',
      from: { path: '^src/main/' },
      to: { path: '^(src/(renderer|preload)|test|bench|scripts)/' },
    },
    {
      name: 'preload-is-a-bridge',
      comment: 'The preload script exposes the contract and nothing else.',
      severity: 'error',
      from: { path: '^src/preload/', pathNot: tests },
      to: { pathNot: '^(src/(preload|shared)/|node_modules/electron/|electron$)' },
    },
    {
      name: 'engine-stands-alone',
      comment: 'The engine trains from tensors and files; services and records are the host’s.',
      severity: 'error',
      from: { path: '^src/main/engine/' },
      to: { path: '^src/main/(host|store|shell|cli)(/|[.])' },
    },
    {
      name: 'store-below-host',
      comment: 'The store keeps records; it knows no service, engine or shell.',
      severity: 'error',
      from: { path: '^src/main/store/' },
      to: { path: '^src/main/(host|engine|shell|cli|text)(/|[.])' },
    },
    {
      name: 'host-below-shells',
      comment: 'One host, three shells: it must not know which one carries it.',
      severity: 'error',
      from: { path: '^src/main/host/' },
      to: { path: '^src/main/(shell|cli)(/|[.])|^src/main/(electron|serve)[.]ts$' },
    },
    {
      name: 'electron-only-in-its-shell',
      comment: 'Only the desktop shell may need Electron; all else runs on plain Node.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: '^src/main/(electron|host-process|trainer)[.]ts$|^src/main/shell/desktop/|^src/preload/',
      },
      to: { path: '^(node_modules/electron/|electron$)' },
    },
    {
      name: 'tests-are-leaves',
      comment: 'Nothing imports a test.',
      severity: 'error',
      from: {},
      to: { path: tests },
    },
    {
      name: 'resolvable',
      comment: 'An import must lead somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'What src imports is declared in package.json.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^out/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // type imports count: they tie folders together as well
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
} satisfies IConfiguration;
