/** `aws-sdk:sfn:sendTaskSuccess`: one execution answers the task of another that waits for its token. */
import type { Json } from '../../core/canonical-json.ts';
import type { Journal } from '../journal/journal.ts';
import { StateError } from '../state-error.ts';
import type { Resource } from './resource.ts';

export function sendTaskSuccess({ tokens }: Pick<Journal, 'tokens'>): Resource {
  return {
    service: 'aws-sdk:sfn',
    action: 'sendTaskSuccess',
    run: async (call) => {
      const { TaskToken, Output } = call.arguments as Record<string, Json>;
      if (tokens.complete(String(TaskToken), { output: parsed(String(Output)) })) return {};
      // API reference, SendTaskSuccess: it does not exist, or its task has ended.
      throw new StateError('Sfn.TaskDoesNotExistException', 'Task does not exist');
    },
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new StateError('Sfn.InvalidOutputException', 'Output is not JSON');
  }
}
