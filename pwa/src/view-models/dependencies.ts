import type { Engine } from '@sotto/client';
import type { Platform } from '../platform/platform.js';

/** What every view model is given. */
export interface Dependencies {
  readonly engine: Engine;
  readonly platform: Platform;
}
