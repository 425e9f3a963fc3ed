/** Executions of state machines, as they are shown wherever they run. */
import type { Json } from './canonical-json.ts';

export const executionStatuses = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

/** Times are ISO 8601, UTC. */
export interface ExecutionSummary {
  /** Its name. */
  readonly id: string;
  /** `backup`, `restore`, … */
  readonly machine: string;
  readonly status: ExecutionStatus;
  readonly input: Json;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly startedAt: string;
  readonly stoppedAt?: string;
  /** The execution that started this one. */
  readonly parent?: string;
  /** How often it was taken over from a process that died. */
  readonly resumes: number;
}

export interface ExecutionFilter {
  readonly machine?: string;
  readonly status?: ExecutionStatus;
  readonly limit?: number;
}

/** One line of a history; `type` and the members of `details` are named as GetExecutionHistory names them. */
export interface ExecutionEvent {
  readonly id: number;
  readonly time: string;
  readonly type: string;
  /** Empty for the execution itself, else the branch or item it happened in. */
  readonly scope: string;
  readonly details?: Json;
}

export interface ExecutionArn {
  readonly region: string;
  /** Of the deployment; absent on one machine. */
  readonly stage?: string;
  /** `backup`, `restore`, …; another's whole name where the state machine is not Holdfast's. */
  readonly machine: string;
  readonly name: string;
}

/** Undefined where `arn` is none of an execution. */
export function parseExecutionArn(arn: string): ExecutionArn | undefined {
  const [, , service, region, , kind, machine, name] = arn.split(':');
  if (service !== 'states' || kind !== 'execution') return undefined;
  if (region === undefined || machine === undefined || name === undefined) return undefined;
  const [, stage, own] = /^holdfast-([a-z0-9-]{1,32})-([a-z]+)$/.exec(machine) ?? [];
  return stage === undefined || own === undefined
    ? { region, machine, name }
    : { region, stage, machine: own, name };
}

/** Partition of an ARN → the host of its console. */
const consoles: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of an execution in the Step Functions console; undefined for one of this machine. */
export function executionLink(arn: string): string | undefined {
  const parsed = parseExecutionArn(arn);
  const host = consoles[String(arn.split(':')[1])];
  if (parsed === undefined || host === undefined || parsed.region === 'local') return undefined;
  const { region } = parsed;
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${arn}`;
}

/** `backup-20261121T020000Z-1a2b3c4d`; `random` is eight hex digits. */
export function executionName(machine: string, now: Date, random: string): string {
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${machine}-${time}-${random}`;
}
