/** Failovers of a deployed stage: its own state machines, from where they run. */
import {
  type CloudExecution,
  type CloudExecutions,
  type Deployment,
  follow,
  openExecutions,
} from '../../cloud/index.ts';
import type { Json } from '../../core/canonical-json.ts';
import { recoveryStage } from '../../core/config/stages.ts';
import { UsageError } from '../../core/errors.ts';
import { executionLink } from '../../core/executions.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { enteredState } from '../executions/entered-state.ts';
import { findDeployed } from '../executions/stage.ts';
import { type Ended, endOf } from '../executions/watched.ts';

export type FailoverMachine = 'failover' | 'failover-plan' | 'approve';

export interface DeployedFailovers {
  /** Runs a machine to its end, its states told. An interruption calls `onInterrupt` and stops nothing. */
  run(
    machine: FailoverMachine,
    input: Json,
    onInterrupt?: () => void,
  ): Promise<{ readonly id: string; readonly end: Ended }>;
}

/** Undefined where this machine does the work. Throws UsageError FAILOVER_ELSEWHERE, STACK_MISSING; CloudError. */
export async function findFailovers(
  site: Site,
  context: CommandContext,
): Promise<DeployedFailovers | undefined> {
  const deployment = await findDeployed(site, context);
  if (deployment === undefined) return undefined;
  if (deployment.outputs.FailoverMachineArn === undefined) throw elsewhere(deployment, site);
  return {
    run: async (machine, input, onInterrupt = () => undefined) => {
      const executions = openExecutions(deployment, { now: context.now });
      context.signal.addEventListener('abort', onInterrupt, { once: true });
      try {
        const record = await watch(await executions.start(machine, input), executions, context);
        return { id: record.id, end: endOf(record) };
      } finally {
        context.signal.removeEventListener('abort', onInterrupt);
        executions.close();
      }
    },
  };
}

function watch(
  { arn, id, machine }: CloudExecution,
  executions: CloudExecutions,
  { note }: CommandContext,
): Promise<CloudExecution> {
  if (machine === 'failover') note(`${id} has begun: ${executionLink(arn) ?? arn}`);
  return follow(executions, arn, {
    signal: new AbortController().signal,
    onEvent: (event) => {
      const state = enteredState(event);
      if (state !== undefined && machine === 'failover') note(`  ${state}`);
    },
  });
}

function elsewhere({ stage, stack }: Deployment, { config }: Site): UsageError {
  const there = recoveryStage(stage);
  return new UsageError(`the stack ${stack} has no machine of failovers`, {
    code: 'FAILOVER_ELSEWHERE',
    hint:
      config.deploy.recovery === undefined
        ? `Deploy the clusters: npm run deploy -- --stage ${stage}`
        : `They run in the Region that takes over: --stage ${there}`,
  });
}
