/** Is this process doing its work? Asked by /health. */
import { reportError } from '../core/errors.ts';
import type { Journal } from './journal/journal.ts';
import type { Scheduler } from './scheduler.ts';

export interface Finding {
  readonly ok: boolean;
  /** For people: what is wrong, or what is fine. */
  readonly detail: string;
}
/** May reject: that is a finding too. */
export type HealthCheck = () => Promise<Finding>;

export interface HealthReport {
  readonly status: 'ok' | 'failing';
  readonly checks: Readonly<Record<string, Finding>>;
}

const stalledAfterMilliseconds = 60_000;
const checkTimeoutMilliseconds = 5_000;

export async function reportHealth(
  checks: Readonly<Record<string, HealthCheck>>,
): Promise<HealthReport> {
  const findings = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await settle(check)] as const),
  );
  const ok = findings.every(([, finding]) => finding.ok);
  return { status: ok ? 'ok' : 'failing', checks: Object.fromEntries(findings) };
}

async function settle(check: HealthCheck): Promise<Finding> {
  const late = Promise.withResolvers<Finding>();
  const seconds = checkTimeoutMilliseconds / 1000;
  const timer = setTimeout(
    () => late.resolve({ ok: false, detail: `no answer within ${seconds} s` }),
    checkTimeoutMilliseconds,
  );
  try {
    return await Promise.race([check(), late.promise]);
  } catch (error) {
    return { ok: false, detail: reportError(error).message };
  } finally {
    clearTimeout(timer);
  }
}

export function checkScheduler(scheduler: Scheduler, now: () => Date): HealthCheck {
  return async () => {
    const { lastTick, error, queued } = scheduler.state();
    if (error !== undefined) return { ok: false, detail: error.message };
    const age = now().getTime() - (lastTick?.getTime() ?? 0);
    if (age > stalledAfterMilliseconds) {
      return { ok: false, detail: `stalled: last look ${lastTick?.toISOString() ?? 'never'}` };
    }
    return { ok: true, detail: `${queued.length} runs queued` };
  };
}

export function checkJournal(journal: Journal): HealthCheck {
  return async () => {
    journal.probe();
    return { ok: true, detail: journal.path };
  };
}
