export type * from './engine/api/engine-api.js';
export { createEngine } from './engine/engine.js';
export type { EnginePlatform } from './engine/engine-platform.js';
export { Profiles } from './store/profiles.js';
