/** Runs a script's work; what fails is said in words, with what to do next, and ends with its status. */
import { reportError } from '../src/core/errors.ts';

export async function run(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint, exitCode } = reportError(error);
    process.stderr.write(`${message}\n${hint === undefined ? '' : `  next: ${hint}\n`}`);
    process.exitCode = exitCode;
  }
}
