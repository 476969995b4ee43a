declare module 'pouchdb-adapter-idb' {
  const adapter: unknown;

  export { adapter as default };
}

declare module 'pouchdb-adapter-leveldb' {
  const adapter: unknown;

  export { adapter as default };
}
