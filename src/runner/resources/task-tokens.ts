/** Tokens of `.waitForTaskToken`: answered through the journal, so by any process. */
import { randomUUID } from 'node:crypto';
import type { Json } from '../../core/canonical-json.ts';
import { UsageError } from '../../core/errors.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { Outcome } from '../journal/records.ts';
import { StateError } from '../state-error.ts';
import type { TaskTokens } from './resource.ts';

const pollMilliseconds = 200;

export function openTaskTokens(journal: Journal, clock: Clock): TaskTokens {
  return {
    create: (execution) => {
      const token = randomUUID();
      journal.tokens.create(token, execution);
      return token;
    },
    answer: async (token, { signal, heartbeat }) => {
      let state = journal.tokens.load(token);
      while (state?.outcome === undefined) {
        const lastBeat = state?.heartbeatAt;
        await clock.sleep(pollMilliseconds, signal);
        signal.throwIfAborted();
        state = journal.tokens.load(token);
        if (state?.heartbeatAt !== lastBeat) heartbeat();
      }
      return outputOf(state.outcome);
    },
  };
}

function outputOf(outcome: Outcome): Json {
  if ('output' in outcome) return outcome.output;
  throw new StateError(outcome.error, outcome.cause ?? '');
}

/** SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat. */
export interface TokenAnswers {
  sendTaskSuccess(token: string, output: Json): void;
  sendTaskFailure(token: string, failure: { error: string; cause: string }): void;
  sendTaskHeartbeat(token: string): void;
}

/** @throws UsageError when the token is unknown, or its task has ended */
export function openTokenAnswers(journal: Journal, clock: Clock): TokenAnswers {
  const demand = (known: boolean): void => {
    if (known) return;
    throw new UsageError('the task token is unknown, or its task has ended', {
      code: 'TASK_TOKEN',
      hint: 'Ask for a new approval; see holdfast executions for the current one.',
    });
  };
  return {
    sendTaskSuccess: (token, output) => demand(journal.tokens.complete(token, { output })),
    sendTaskFailure: (token, { error, cause }) =>
      demand(journal.tokens.complete(token, { error, cause })),
    sendTaskHeartbeat: (token) => demand(journal.tokens.beat(token, clock.now())),
  };
}
