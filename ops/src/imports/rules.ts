/** Folders, or single files without their ending, that a folder may import; those with `: type` only as types. */
export type Layers = Readonly<Record<string, readonly string[]>>;

export interface PackageRule {
  /** Name under which others import it. */
  readonly name: string;
  /** Packages of ours, by folder, that its sources may import; `*` for all. */
  readonly imports: readonly string[];
  /** Likewise for its test files, where they may import more than its sources. */
  readonly testImports?: readonly string[];
  /** Folders directly in `src` that may import what test files may. */
  readonly alsoAsTests?: readonly string[];
  /** Folders of `src`, when their order is fixed. A folder that is not named here is refused. */
  readonly layers?: Layers;
  /** Node's own modules are refused: it runs wherever JavaScript runs. */
  readonly noNode?: boolean;
  /** May import what the checkout's package.json has for development: it is bundled, or never leaves the checkout. */
  readonly development?: boolean;
}

export interface ImportRules {
  /** By folder, relative to the checkout. */
  readonly packages: Readonly<Record<string, PackageRule>>;
  /** Endings of files that only tests use. */
  readonly testEndings: readonly string[];
  /** Names of folders whose files only tests use. */
  readonly testFolders: readonly string[];
  /** What follows the name of one of our packages in imports that only tests make. */
  readonly testSubpaths: readonly string[];
  /** Names that say nothing about what is inside. */
  readonly forbiddenNames: readonly string[];
}

const protocol = 'packages/protocol';
const server = [protocol, 'packages/store', 'packages/service'];
const servers = ['sync-server', 'auth-server', 'notifier'];

/** Which part may import which: docs/architecture.md in data. */
export const importRules: ImportRules = {
  packages: {
    [protocol]: { name: '@sotto/protocol', imports: [], noNode: true },
    'packages/client': {
      name: '@sotto/client',
      imports: [protocol],
      layers: {
        crypto: [],
        store: ['crypto'],
        account: ['crypto', 'store: type'],
        conversation: ['crypto', 'store: type'],
        sync: ['crypto', 'account', 'conversation', 'store: type'],
        engine: ['crypto', 'account', 'conversation', 'sync', 'store'],
      },
    },
    'packages/store': { name: '@sotto/store', imports: [protocol] },
    'packages/service': { name: '@sotto/service', imports: [protocol] },
    'sync-server': { name: '@sotto/sync-server', imports: server },
    'auth-server': { name: '@sotto/auth-server', imports: server },
    notifier: { name: '@sotto/notifier', imports: server },
    pwa: {
      name: '@sotto/pwa',
      imports: [protocol, 'packages/client'],
      development: true,
      layers: {
        words: [],
        styles: [],
        platform: ['words'],
        'view-models': ['platform: type', 'platform/routes', 'words'],
        elements: ['platform: type', 'view-models', 'styles', 'words'],
      },
    },
    ops: {
      name: '@sotto/ops',
      imports: [...server, ...servers],
      testImports: ['*'],
      alsoAsTests: ['bench', 'browser', 'chaos', 'fuzz', 'oracle', 'people', 'process', 'screenshots'],
      development: true,
    },
  },
  testEndings: ['.test.ts', '-suite.ts', '/suites.ts'],
  testFolders: ['testing'],
  testSubpaths: ['suites', 'testing'],
  forbiddenNames: ['utils', 'common', 'shared', 'helpers'],
};
