/** Why a promotion that was asked for cannot be taken back, whatever the engine. */
import { FailoverError } from '../core/errors.ts';

export const pending = (node: string, seen: string): FailoverError =>
  new FailoverError(`${node} was asked to promote itself and may do so later: ${seen}`, {
    code: 'PROMOTION_PENDING',
    hint: 'The old primary stays fenced. Stop that server, then start the failover anew.',
  });

export const tooLate = (node: string): FailoverError =>
  new FailoverError(`${node} is primary already: there is no way back`, {
    code: 'PAST_NO_RETURN',
    hint: 'Start the failover anew: it goes on forward.',
  });
