/**
 * Whether two byte strings are equal, in time that depends on their lengths only. For MACs, and for keys where
 * the place of the first difference must not show.
 */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
