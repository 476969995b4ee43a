/** Code (or else name) of the error that `action` ends with; `undefined` when it ends well. */
export async function codeOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return 'code' in error ? error.code : error.name;
  }
  return undefined;
}
