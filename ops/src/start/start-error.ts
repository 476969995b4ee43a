/** Sotto cannot start, for a reason that whoever started it can mend. The message is one line for them. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
