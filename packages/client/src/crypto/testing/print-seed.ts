/** Says where a random test began, in Node and in browsers, so that a failure can be repeated. */
export function printSeed(name: string, seed: number): void {
  // biome-ignore lint/suspicious/noConsole: tests speak to whoever runs them
  console.log(`${name}: seed ${seed}`);
}
