import { TargetError } from '../../../core/errors.ts';
import type { Comparison } from '../../../core/ports/engine.ts';
import type { Connection } from '../connection.ts';
import type { LoadFlags } from './load.ts';
import type { PlannedItem } from './preflight.ts';
import type { RestoreJob } from './restore-job.ts';

export async function mergePart(
  _job: RestoreJob,
  _item: PlannedItem,
  _place: { flags: LoadFlags; connection: Connection },
): Promise<Comparison> {
  throw new TargetError('parts cannot be restored yet', { code: 'X' });
}
