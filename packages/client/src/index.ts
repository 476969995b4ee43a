export type * from './engine/api/engine-api.js';
export { createEngine, type EnginePlatform } from './engine/engine.js';
export { Profiles } from './store/profiles.js';
