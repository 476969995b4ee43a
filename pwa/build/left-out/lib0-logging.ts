/**
 * In place of `lib0/logging`, which brings colours, a DOM console and with it lib0's schemas. Yjs says two things by it: that a
 * type was read before it was part of a document, and that a client id was taken by somebody else.
 */
export const BOLD = Symbol('bold');
export const UNBOLD = Symbol('unbold');
export const ORANGE = Symbol('orange');
export const RED = Symbol('red');

export function print(...parts: unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: what Yjs has to say is for whoever develops with it.
  console.warn(...parts.filter((part) => typeof part !== 'symbol'));
}

export const warn = print;
