/** Whether a failure tells something about a set, and so is signed as a proof that failed. */
import { ComparisonError, IntegrityError, ToolError } from '../../core/errors.ts';

/** A key, a server or a disk that is missing here says nothing about what is stored. */
export function isEvidence(error: unknown): boolean {
  if (error instanceof IntegrityError) return error.code !== 'SET_KEY_UNREADABLE';
  return error instanceof ComparisonError || (error instanceof ToolError && !error.retryable);
}
