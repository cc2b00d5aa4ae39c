/** The house's nevers: who may import whom. Run by `npm run nevers`, and so by `npm test`. */
const floor = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

const ENGINE = '^electron/engine/';
const above = (rooms) => `^electron/engine/(${rooms.join('|')})/`;

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'A circle means that two modules are one subject.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'engine-without-electron',
      severity: 'error',
      comment: 'The engine is plain Node: it runs in the terminal, over SSH and without a screen.',
      from: { path: ENGINE },
      to: { path: '(^|/)node_modules/electron/|^electron$', dependencyTypesNot: [] },
    },
    floor(
      'engine-without-hands',
      ENGINE,
      '^electron/(shell|terminal)/|^electron/(main|preload|cli)\\.ts$',
      'Shell and terminal use the engine, never the other way.',
    ),
    floor('hands-apart', '^electron/shell/', '^electron/terminal/', 'The two pairs of hands do not know each other.'),
    floor(
      'hands-apart-too',
      '^electron/terminal/',
      '^electron/shell/',
      'The two pairs of hands do not know each other.',
    ),
    {
      name: 'shared-is-ground',
      severity: 'error',
      comment: 'shared imports nothing but zod.',
      from: { path: '^shared/' },
      to: { pathNot: '^shared/|(^|/)node_modules/zod/' },
    },
    floor('renderer-only-asks', '^renderer/', '^electron/|^test/', 'The renderer knows the bridge alone.'),
    {
      name: 'renderer-without-node',
      severity: 'error',
      comment: 'The renderer runs in a sandbox.',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'children-in-platform-only',
      severity: 'error',
      comment: 'Only the platform starts and signals processes.',
      from: { path: '^(electron|shared|renderer)/', pathNot: '^electron/engine/platform/' },
      to: { path: '^(node:)?child_process$|(^|/)node_modules/(execa|koffi)/' },
    },
    {
      name: 'nobody-connects',
      severity: 'error',
      comment: 'Law 1: no code path opens a TCP connection. node:net is for telling addresses apart only.',
      from: {
        path: '^(electron|shared|renderer)/',
        pathNot: '^electron/engine/observe/gateway-hosts\\.ts$|^electron/engine/selftest/',
      },
      to: { path: '^(node:)?(net|tls|http|https|http2|dgram)$' },
    },
    floor(
      'platform-below',
      above(['platform']),
      above(['observe', 'clean', 'connect', 'restart']),
      'platform is the lowest floor.',
    ),
    floor('observe-below', above(['observe']), above(['clean', 'connect', 'restart']), 'observe stands on platform.'),
    floor('clean-below', above(['clean']), above(['connect', 'restart']), 'clean stands on observe.'),
    floor(
      'rooms-below-engine',
      above(['platform', 'observe', 'clean', 'connect', 'restart', 'record']),
      '^electron/engine/[^/]+\\.ts$',
      'Rooms do not know the engine that puts them together.',
    ),
    floor(
      'record-is-ground',
      above(['record']),
      above(['observe', 'clean', 'connect', 'restart']),
      'record is ground.',
    ),
    floor('product-without-tests', '^(electron|shared|renderer)/', '^test/', 'The product does not know its tests.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    includeOnly: ['^electron/', '^shared/', '^renderer/', '^test/', 'node_modules', '^(node:)?[a-z_]+$', '^electron$'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
