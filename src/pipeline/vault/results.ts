/** What a task leaves for the next state; written again by a repeated step. */
import type { z } from 'zod';
import { layout } from '../../core/layout.ts';
import { encodeDocument, findDocument } from './documents.ts';
import type { Vault } from './vault.ts';

export async function writeResult(
  vault: Pick<Vault, 'store'>,
  execution: string,
  step: string,
  value: unknown,
): Promise<void> {
  const key = layout.result(execution, step);
  await vault.store.put(key, encodeDocument(value), { ifAbsent: false });
}

/** `undefined` where the step left none. */
export async function readResult<T>(
  vault: Pick<Vault, 'store'>,
  execution: string,
  step: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const found = await findDocument(vault.store, layout.result(execution, step), schema);
  return found?.value;
}
