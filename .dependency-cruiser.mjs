// Which modules may import which: `npm run imports`. CONTRIBUTING.md draws the packages as a table.
import { PACKAGES } from './scripts/packages.mjs';

/** The other packages that each package may import, directly or through others. */
const ARROWS = {
  softpool: [],
  queue: [],
  surgery: ['softpool'],
  media: ['softpool'],
  tfjs: ['softpool', 'surgery'],
  onnx: ['softpool', 'surgery'],
  models: ['softpool', 'surgery', 'tfjs'],
  training: ['softpool', 'surgery', 'tfjs', 'onnx', 'media', 'models'],
  experiments: ['softpool', 'surgery', 'tfjs', 'onnx', 'media', 'models', 'training'],
  cli: ['softpool', 'surgery', 'tfjs', 'onnx', 'media', 'models', 'training', 'experiments', 'queue'],
};

const TESTS = ['\\.(?:test|spec)\\.ts$', '/testing/'];

/** @param {string} folder - The folder of a package. */
const arrowsOf = (folder) => {
  const name = folder.slice('packages/'.length);
  const allowed = /** @type {Record<string, string[]>} */ (ARROWS)[name];
  if (allowed === undefined) throw new Error(`.dependency-cruiser.mjs does not say what ${folder} may import`);
  return {
    name: `arrows-of-${name}`,
    comment: `${folder} may import only: ${allowed.join(', ') || 'no other package'}.`,
    severity: 'error',
    from: { path: `^${folder}/src/`, pathNot: TESTS },
    to: { path: '^packages/', pathNot: [name, ...allowed].map((other) => `^packages/${other}/`) },
  };
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Move what both need, often a type, to a module of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...PACKAGES.map(({ folder }) => arrowsOf(folder)),
    {
      name: 'arrows-of-site',
      comment: 'The studio may import only: softpool, media, onnx.',
      severity: 'error',
      from: { path: '^site/studio/' },
      to: { path: '^packages/', pathNot: ['^packages/softpool/', '^packages/media/', '^packages/onnx/'] },
    },
    {
      name: 'packages-by-their-entries',
      comment: 'Import another package by its name, not by a path into its sources.',
      severity: 'error',
      from: { path: '^(?:packages|private|site)/([^/]+)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: '^packages/$1/src/' },
    },
    {
      name: 'nothing-above-the-packages',
      comment: 'Packages, and what their tests use, do not reach into the repository around them.',
      severity: 'error',
      from: { path: '^(?:packages|private/(?:specification|testing))/' },
      to: { path: '^(?:scripts|tests|examples)/' },
    },
    {
      name: 'nothing-private-is-published',
      comment: 'Only tests may use private workspaces.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: TESTS },
      to: { path: ['^private/', ...TESTS] },
    },
    {
      name: 'commands-stand-alone',
      comment: 'What two commands need is in packages/cli/src/shared.',
      severity: 'error',
      from: { path: '^packages/cli/src/commands/([^/]+)/', pathNot: TESTS },
      to: { path: '^packages/cli/src/commands/', pathNot: '^packages/cli/src/commands/$1/' },
    },
    {
      name: 'image-stays-light',
      comment: '"softpool image" installs neither TensorFlow.js nor ONNX Runtime.',
      severity: 'error',
      from: { path: '^packages/cli/src/commands/image/', pathNot: TESTS },
      to: { reachable: true, path: ['^packages/(?:tfjs|onnx|models|training|experiments)/', '/@tensorflow/', '/onnx'] },
    },
    {
      name: 'models-run-in-browsers',
      comment: '@softpool/models needs neither sharp nor charts.',
      severity: 'error',
      from: { path: '^packages/models/src/', pathNot: TESTS },
      to: { path: ['node_modules/sharp/', 'node_modules/vega', 'node_modules/@resvg/'] },
    },
    {
      name: 'fast-paths-do-not-use-the-reference',
      comment: 'The reference tests the fast paths. Only cpu/this-thread.ts and cpu/host-memory.ts fall back to it, without WebAssembly.',
      severity: 'error',
      from: {
        path: '^packages/softpool/src/',
        pathNot: [...TESTS, '^packages/softpool/src/(?:reference/|reference\\.ts|internal\\.ts|cpu/(?:this-thread|host-memory)\\.ts)'],
      },
      to: { path: '^packages/softpool/src/reference/' },
    },
    {
      name: 'dependencies-are-declared',
      comment: 'A package names in its package.json what it imports: as a dependency or a peer.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'imports-resolve',
      comment: 'The module does not exist, or the package was not built.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['\\?url$', '^\\.\\./.*\\.webp$'] }, // Vite's
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '^packages/(?:softpool/src/cpu/kernels|media/src/kernel/assembly)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'default'] },
  },
};
