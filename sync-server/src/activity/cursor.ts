const VERSION = 1;
const BYTES = 9;

/** A server has none to give. */
export const NO_CURSOR = new Uint8Array();

/** A cursor that stands for everything told up to a moment (SPEC C4). @param at milliseconds since 1970 */
export function encodeCursor(at: number): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setFloat64(1, Math.floor(at));
  return bytes;
}

/** @returns the moment, or undefined for bytes that are no cursor of this version */
export function decodeCursor(cursor: Uint8Array): number | undefined {
  if (cursor.length !== BYTES || cursor[0] !== VERSION) return undefined;
  const at = new DataView(cursor.buffer, cursor.byteOffset).getFloat64(1);
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined;
}
