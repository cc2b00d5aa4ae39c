/** The house's nevers: who may import whom. Run by `npm run nevers`, and so by `npm test`. */
const floor = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: to },
});

const ENGINE = '^electron/engine/';
/** The engine's floors from the ground up. A room knows its own floor's neighbours and those below, never one above. */
const FLOORS = [
  ['platform/'],
  ['record/', 'observe/'],
  ['clean/'],
  ['connect/', 'restart/'],
  ['doctor/'],
  ['core/'],
  ['selftest/', 'engine\\.ts'],
  ['assemble\\.ts'],
];
const floorRules = FLOORS.slice(0, -1).map((rooms, level) =>
  floor(
    `floor-${level}`,
    `^electron/engine/(${rooms.join('|')})`,
    `^electron/engine/(${FLOORS.slice(level + 1)
      .flat()
      .join('|')})`,
    `${rooms.join(' and ')} must not know what stands above.`,
  ),
);

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
        pathNot: '^electron/engine/observe/remote/gateway-hosts\\.ts$|^electron/engine/selftest/',
      },
      to: { path: '^(node:)?(net|tls|http|https|http2|dgram)$' },
    },
    ...floorRules,
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
