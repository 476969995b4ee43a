/** In place of `lib0/environment`, which finds out by many ways that this is a browser and reads settings from its address and storage. */
export const isBrowser = true;
export const isNode = false;
export const getVariable = (): null => null;
