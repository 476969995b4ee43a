/** Makes an error that nobody here can handle an uncaught exception, without stopping what is being done. */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
