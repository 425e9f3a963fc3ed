/** A configured source, who handles it, and the means to work on it: made by composition roots. */
import type { SourceBase } from '../core/config/source.ts';
import { UsageError } from '../core/errors.ts';
import type { Engine, EngineContext, Progress } from '../core/ports/engine.ts';

export interface WorkScope {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface SourceAtWork {
  readonly name: string;
  readonly source: SourceBase;
  readonly engine: Engine;
  readonly log: (line: string, fields?: Record<string, unknown>) => void;
  /** Gives a context with a scratch folder of its own, removed when `work` settles. */
  use<T>(scope: WorkScope, work: (context: EngineContext) => Promise<T>): Promise<T>;
}

export interface ChosenPolicy {
  readonly name: string;
  readonly policy: SourceBase['policies'][string];
  readonly method: string;
}

/** The named policy or the first; its method or the engine's first. Throws UsageError `POLICY_UNKNOWN`. */
export function choosePolicy(
  { name, source, engine }: Pick<SourceAtWork, 'name' | 'source' | 'engine'>,
  wanted: string | undefined,
): ChosenPolicy {
  const names = Object.keys(source.policies);
  const chosen = wanted ?? names[0] ?? '';
  const policy = Object.hasOwn(source.policies, chosen) ? source.policies[chosen] : undefined;
  if (policy) return { name: chosen, policy, method: policy.method ?? engine.methods[0] };
  throw new UsageError(`${name} has no policy "${chosen}"`, {
    code: 'POLICY_UNKNOWN',
    hint: `Its policies: ${names.join(', ')}.`,
  });
}
