/** What the steps of an execution left in the vault for the one that tells people. */
import type { z } from 'zod';
import {
  type CopyReport,
  copyReportSchema,
  type DrillResult,
  type DumpResult,
  drillResultSchema,
  dumpResultSchema,
  failedResultSchema,
  type RetainReport,
  retainReportSchema,
  taskResultSchema,
  type VerifyResult,
  verifyResultSchema,
} from '../../core/contracts/results.ts';
import type { ErrorReport } from '../../core/errors.ts';
import { readResult, type Vault } from '../vault/index.ts';

export interface RunResults {
  readonly dump?: DumpResult | undefined;
  readonly drill?: DrillResult | undefined;
  readonly verify?: VerifyResult | undefined;
  readonly copies?: CopyReport | undefined;
  readonly retain?: RetainReport | undefined;
  /** Of the task that failed, where it could still say why. */
  readonly taskError?: ErrorReport | undefined;
}

/** What the steps of an execution left in the vault; a step that did not come so far is absent. */
export async function readRunResults(vault: Vault, execution: string): Promise<RunResults> {
  const read = <T>(step: string, schema: z.ZodType<T>) =>
    readResult(vault, execution, step, schema);
  const dump = await read('dump', taskResultSchema(dumpResultSchema));
  const drill = await read('drill', taskResultSchema(drillResultSchema));
  return {
    ...(dump && 'backupId' in dump && { dump }),
    ...(drill && 'backupId' in drill && { drill }),
    verify: await read('verify', verifyResultSchema),
    copies: await read('copies', copyReportSchema),
    retain: await read('retain', retainReportSchema),
    taskError: errorIn(dump) ?? errorIn(drill) ?? (await readTaskError(vault, execution)),
  };
}

/** Of the tasks whose result nobody else reads: what each left when it failed. */
async function readTaskError(vault: Vault, execution: string): Promise<ErrorReport | undefined> {
  const restore = await readResult(vault, execution, 'restore', failedResultSchema);
  return restore?.error ?? (await readResult(vault, execution, 'read', failedResultSchema))?.error;
}

function errorIn(result: object | undefined): ErrorReport | undefined {
  return result && 'error' in result ? (result.error as ErrorReport) : undefined;
}
