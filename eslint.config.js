import tseslint from 'typescript-eslint';

/**
 * What may import what. Each room lists the rooms of ours that it may import beside `errors` and `util`;
 * a room that is not listed for it is refused, whatever the depth of the path.
 */
const rooms = {
  errors: [],
  util: [],
  wire: [],
  at: ['wire'],
  cch: ['at', 'wire'],
  context: ['cch', 'at'],
  socket: ['cch'],
  modem: ['wire', 'at', 'cch', 'context', 'socket'],
  virtual: ['wire', 'cch/table'],
  cli: ['index', 'virtual/index'],
};

const everywhere = ['errors', 'util'];
const all = Object.keys(rooms);

function boundary(room, allowed) {
  const own = [room, ...allowed, ...(all.indexOf(room) < 2 ? [] : everywhere)];
  const refused = all.filter((other) => !own.some((path) => path.split('/')[0] === other));
  const patterns = refused.map((other) => ({
    regex: `^(\\.\\./)+${other}/`,
    message: `${room} may not import ${other}: see the table in eslint.config.js.`,
  }));
  for (const path of allowed.filter((entry) => entry.includes('/'))) {
    const [parent, child] = path.split('/');
    patterns.push({
      regex: `^(\\.\\./)+${parent}/(?!${child}(/|\\.))`,
      message: `${room} may import only ${path} of ${parent}.`,
    });
  }
  if (room !== 'cli') {
    patterns.push({ regex: '^(\\.\\./)+index\\.js$', message: 'Rooms import rooms, not the public entry.' });
  }
  return {
    files: [`lib/${room}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'spec/package/consumers/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 330, skipBlankLines: true, skipComments: true }],
      // A ModemSocket is meant to be taken for a net.Socket.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...Object.entries(rooms).map(([room, allowed]) => boundary(room, allowed)),
  {
    files: ['spec/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      'no-console': 'off',
      'max-lines': 'off',
    },
  },
  {
    files: ['lib/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js'],
    ...tseslint.configs.disableTypeChecked,
  },
);
