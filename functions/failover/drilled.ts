/** Tells how a drill of a failover ended. */
import { drilledEventSchema } from '../../src/core/contracts/failover.ts';
import { tellDrill } from '../../src/pipeline/failover/tell-drill.ts';
import { lambdaHandler } from '../../src/wiring/lambda-handler.ts';
import { openNotifier } from '../../src/wiring/notifier.ts';

export const handler = lambdaHandler(drilledEventSchema, async (event, { site, signal }) =>
  tellDrill(event, {
    vault: await site.vaults.openKeyless(),
    notifier: await openNotifier(site, signal, event.executionArn),
  }),
);
