/** Where the bundler put a WebAssembly module. */
declare module '*.wasm?url' {
  const address: string;
  export default address;
}
