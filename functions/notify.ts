/** Tells people what changed by an execution. A channel that is down fails nothing. */
import { notifyEventSchema } from '../src/core/contracts/functions.ts';
import { notifyOutcome } from '../src/pipeline/outcome/notify-outcome.ts';
import { lambdaHandler } from '../src/wiring/lambda-handler.ts';
import { openNotifier } from '../src/wiring/notifier.ts';

export const handler = lambdaHandler(notifyEventSchema, async (event, { site, signal }) => {
  const { source } = site.source(event.input.source);
  return notifyOutcome(event, {
    source,
    notifier: await openNotifier(site, signal, event.executionArn),
    openVault: () => site.vaults.openKeyless(),
  });
});
