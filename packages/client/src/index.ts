export type * from './engine/api.js';
