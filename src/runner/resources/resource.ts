/** What a Task can call: one adapter for each integration, under its ARN. */
import type { Json } from '../../core/canonical-json.ts';
import type { Progress } from '../journal/records.ts';

export interface TaskCall {
  readonly arguments: Json;
  readonly execution: string;
  readonly scope: string;
  /** Aborted when the task times out or its execution ends; return only when nothing runs on. */
  readonly signal: AbortSignal;
  /** What is waited for has begun: the answer of the API that began it. */
  readonly submitted: (output: Json) => void;
  readonly progress: () => Progress;
  /** Journals what a repeated step has to know. */
  readonly remember: (patch: Partial<Progress>) => void;
}

export interface Resource {
  /** `resourceType` and `resource` of the history's events: `ecs`, `runTask.sync`. */
  readonly service: string;
  readonly action: string;
  /** @throws StateError with the error's name and cause as Step Functions gives them */
  readonly run: (call: TaskCall) => Promise<Json>;
}

export interface Resources {
  readonly byArn: ReadonlyMap<string, Resource>;
  readonly tokens: TaskTokens;
}

export interface TokenWait {
  readonly signal: AbortSignal;
  readonly heartbeat: () => void;
}

/** Answers that come from outside by SendTaskSuccess and its like. */
export interface TaskTokens {
  readonly create: (execution: string) => string;
  /** `heartbeat` is called for each SendTaskHeartbeat. */
  readonly answer: (token: string, wait: TokenWait) => Promise<Json>;
}

const tokenSuffix = '.waitForTaskToken';

export interface FoundResource {
  readonly resource: Resource;
  readonly waitsForToken: boolean;
}

export function findResource(resources: Resources, arn: string): FoundResource | undefined {
  const waitsForToken = arn.endsWith(tokenSuffix);
  const resource = resources.byArn.get(waitsForToken ? arn.slice(0, -tokenSuffix.length) : arn);
  return resource && { resource, waitsForToken };
}
