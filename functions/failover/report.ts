/** Keeps the report, closes the claim, tells people how it ended. */
import { reportEventSchema } from '../../src/core/contracts/failover.ts';
import { report } from '../../src/pipeline/failover/report.ts';
import { failoverHandler } from '../../src/wiring/failover-handler.ts';

export const handler = failoverHandler(reportEventSchema, ({ cluster }) => cluster, report);
