/** Asks a person; the answer comes by the task's token. */
import { approvalEventSchema } from '../../src/core/contracts/failover.ts';
import { askApproval } from '../../src/pipeline/failover/prepare.ts';
import { failoverHandler, ofRun } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(approvalEventSchema, ofRun, askApproval);
