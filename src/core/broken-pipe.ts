/** As the system, or Node when the program has ended, says that nobody reads any more. */
const brokenPipeCodes = new Set<unknown>([
  'EPIPE',
  'ECONNRESET',
  'ECANCELED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);

/** The program that was written to went away: its exit status tells why, not this error. */
export const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && brokenPipeCodes.has(error.code);
