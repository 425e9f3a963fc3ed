/** The notify step of every machine: what happened becomes alerts, told on change. */
import type { SourceBase } from '../../core/config/source.ts';
import type { NotifyEvent } from '../../core/contracts/functions.ts';
import { reportError } from '../../core/errors.ts';
import { type Notifier, type NotifyReport, notify } from '../notify/index.ts';
import { sourceStatus } from '../status.ts';
import type { Vault } from '../vault/index.ts';
import { failureOf, outcomeChanges } from './outcome-changes.ts';
import { type RunResults, readRunResults } from './run-results.ts';

export interface NotifyOutcomeOptions {
  readonly source: SourceBase;
  readonly notifier: Notifier;
  /** Rejects where the vault is the trouble. */
  openVault(): Promise<Vault>;
}

export interface OutcomeReport extends NotifyReport {
  /** The failure's ErrorReport as JSON, the cause of the execution; empty where nothing failed. */
  readonly reason: string;
}

/** Tells the channels what changed by an execution; a channel or a vault that is away fails nothing. */
export async function notifyOutcome(
  event: NotifyEvent,
  options: NotifyOutcomeOptions,
): Promise<OutcomeReport> {
  const { source, notifier } = options;
  const facts = { event, source, ...(await standing(event, options)) };
  const reason = event.outcome === 'failed' ? JSON.stringify(failureOf(facts)) : '';
  return { ...(await notify(outcomeChanges(facts), notifier)), reason };
}

interface Standing {
  readonly results: RunResults;
  readonly impact: string;
  readonly stale: boolean;
}

/** A vault that cannot be read does not silence the alert about it. */
async function standing(event: NotifyEvent, options: NotifyOutcomeOptions): Promise<Standing> {
  const { notifier, source } = options;
  try {
    const vault = await options.openVault();
    const { rpo } = await sourceStatus(event.input.source, { vault, source });
    const results = await readRunResults(vault, event.execution);
    return { results, impact: rpo.text, stale: rpo.stale };
  } catch (error) {
    const { message } = reportError(error);
    notifier.log('the vault could not be asked what the outcome means', { message });
    return { results: {}, impact: 'The vault could not be read.', stale: true };
  }
}
