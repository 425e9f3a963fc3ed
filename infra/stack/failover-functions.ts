/** The functions of a failover, one a step, as serverless.yml knows them. All of them are one bundle. */
import { readFile } from 'node:fs/promises';
import {
  clusterMachineNames,
  type FailoverFunction,
  failoverFunctions,
} from '../../src/core/contracts/machines.ts';
import { askEnvironment, hasLinks, linkEnvironment } from './failover-link.ts';
import { scheduledSeconds, watchEnvironment } from './failover-schedules.ts';
import { pascal, sub, type Value } from './names.ts';
import type { Stage } from './stage.ts';

export interface FunctionSettings {
  readonly name: string;
  readonly handler: string;
  readonly role: string;
  /** Seconds. */
  readonly timeout: number;
  readonly environment: Readonly<Record<string, Value>>;
  readonly vpc?: object;
}

/** `cut-over` → `failoverCutOver`, of which the framework makes `FailoverCutOverLambdaFunction`. */
export const functionKey = (name: FailoverFunction): string => `failover${pascal(name)}`;
export const functionName = (stage: string, name: FailoverFunction): string =>
  `holdfast-${stage}-failover-${name}`;

const camel = (name: string): string => {
  const words = pascal(name);
  return `${words.charAt(0).toLowerCase()}${words.slice(1)}`;
};

export async function failoverFunctionSettings(
  stage: Stage,
): Promise<Readonly<Record<string, FunctionSettings>>> {
  const limits = await stepLimits();
  const network = networkOfFunctions(stage.config.deploy.network);
  return Object.fromEntries(
    functionsOf(stage.config).map((name) => [
      functionKey(name),
      {
        name: functionName(stage.stage, name),
        handler: `functions/failover.${camel(name)}`,
        role: `Failover${pascal(name)}FunctionRole`,
        timeout: limits.get(`Failover${pascal(name)}FunctionArn`) ?? scheduledSeconds(stage, name),
        environment: environmentOf(stage, name),
        ...network,
      },
    ]),
  );
}

/** Who tells people names the stage, and asks by the execution's ARN whether a run still lives. */
const environmentOf = ({ stage, config }: Stage, name: FailoverFunction) => ({
  HOLDFAST_SERVICE: `holdfast-${stage}`,
  HOLDFAST_FAILOVERS: sub(
    `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:execution:holdfast-${stage}-failover`,
  ),
  ...(name === 'ask-approval' && hasLinks(config) ? askEnvironment : {}),
  ...(name === 'approval-link' ? linkEnvironment(stage) : {}),
  ...(name === 'watch' ? watchEnvironment(stage) : {}),
});

/** All, but for what serves links where there are none. */
export const functionsOf = (config: Stage['config']): FailoverFunction[] =>
  failoverFunctions.filter((name) => name !== 'approval-link' || hasLinks(config));

/** Where the databases are: in the team's own subnets, which need a way to AWS's APIs of their own. */
const networkOfFunctions = ({ subnets, securityGroups }: Stage['config']['deploy']['network']) =>
  subnets === undefined
    ? {}
    : { vpc: { subnetIds: subnets, securityGroupIds: securityGroups ?? [] } };

/** Of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const longest = 900;

interface Machine {
  readonly States: Readonly<
    Record<
      string,
      { readonly Arguments?: { readonly FunctionName?: string }; readonly TimeoutSeconds?: unknown }
    >
  >;
}

/** By placeholder: no longer than the states that call it, so that a function ends before its state gives up. */
async function stepLimits(): Promise<ReadonlyMap<string, number>> {
  const limits = new Map<string, number>();
  for (const { Arguments, TimeoutSeconds } of await statesOfAll()) {
    const name = /^\$\{(\w+)\}$/.exec(Arguments?.FunctionName ?? '')?.[1];
    if (name === undefined || typeof TimeoutSeconds !== 'number') continue;
    limits.set(name, Math.min(longest, TimeoutSeconds, limits.get(name) ?? longest));
  }
  return limits;
}

async function statesOfAll() {
  const machines = clusterMachineNames.map(async (name) => {
    const file = new URL(`../../state-machines/${name}.asl.json`, import.meta.url);
    const { States } = JSON.parse(await readFile(file, 'utf8')) as Machine;
    return Object.values(States);
  });
  return (await Promise.all(machines)).flat();
}
