import { type ErrorReport, HoldfastError } from '../../core/errors.ts';

/** The error of an execution elsewhere, thrown here as it was thrown there. */
export class FailedThereError extends HoldfastError {
  override readonly exitCode: number;

  constructor({ name, code, message, hint, exitCode, retryable }: ErrorReport) {
    super(message, { code, retryable, ...(hint !== undefined && { hint }) });
    this.name = name;
    this.exitCode = exitCode;
  }
}

export const failedWith = (report: ErrorReport): FailedThereError => new FailedThereError(report);
