/** The failover machine on the runner, over a simulated cluster, with the steps as their functions call them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Json } from '../../src/core/canonical-json.ts';
import { leaseEventSchema } from '../../src/core/contracts/failover.ts';
import { reportError } from '../../src/core/errors.ts';
import type { FailoverReport } from '../../src/core/failover/report.ts';
import { findQuestion } from '../../src/pipeline/failover/approve.ts';
import type { ClusterAtWork } from '../../src/pipeline/failover/at-work.ts';
import { decide } from '../../src/pipeline/failover/decide.ts';
import { catchUp, fence, freeze } from '../../src/pipeline/failover/isolate.ts';
import {
  askApproval,
  assess,
  preflight,
  readiness,
  takeLease,
} from '../../src/pipeline/failover/prepare.ts';
import { report } from '../../src/pipeline/failover/report.ts';
import { readReport } from '../../src/pipeline/failover/reports.ts';
import { rollBack } from '../../src/pipeline/failover/roll-back.ts';
import { activate, rebuild, smoke } from '../../src/pipeline/failover/settle.ts';
import {
  cutOver,
  promote,
  propagate,
  reconcile,
  verifyWritable,
} from '../../src/pipeline/failover/take-over.ts';
import {
  createRunner,
  type ExecutionRecord,
  type FunctionHandler,
  type Journal,
  openJournal,
  type Runner,
} from '../../src/runner/index.ts';
import {
  type FailoverFunction,
  failoverArn,
  localSubstitutions,
  readMachines,
} from '../../src/wiring/machines.ts';
import { simulateCluster } from '../pipeline/failover/simulated-cluster.ts';

type Step = (cluster: ClusterAtWork, event: never) => Promise<unknown>;
const ofRun =
  <R>(step: (cluster: ClusterAtWork, run: never) => Promise<R>) =>
  (cluster: ClusterAtWork, { run }: { run: never }) =>
    step(cluster, run);

const notCalled: Step = () => Promise.reject(new Error('not called'));

const steps: Record<FailoverFunction, Step> = {
  lease: (cluster, event) => takeLease(cluster, leaseEventSchema.parse(event)),
  preflight: ofRun(preflight),
  assess: ofRun(assess),
  'ask-approval': askApproval as Step,
  freeze: ofRun(freeze),
  fence: ofRun(fence),
  'catch-up': ofRun(catchUp),
  promote: ofRun(promote),
  reconcile: ofRun(reconcile),
  verify: ofRun(verifyWritable),
  'cut-over': ofRun(cutOver),
  propagate: ofRun(propagate),
  activate: ofRun(activate),
  smoke: ofRun(smoke),
  rebuild: ofRun(rebuild),
  'roll-back': ofRun(rollBack),
  report: report as Step,
  look: async (cluster) => ({
    plan: (await decide(cluster, { mode: 'planned', to: null })).plan,
    readiness: await readiness(cluster),
  }),
  'find-approval': (cluster, event) => findQuestion(cluster, event),
  // No machine calls them: test/pipeline/failover.
  'approval-link': notCalled,
  check: notCalled,
  watch: notCalled,
};

export interface Ended {
  readonly record: ExecutionRecord;
  readonly report: FailoverReport | undefined;
}

/** Called before a step, by its function's name. */
type Before = Partial<Record<FailoverFunction, () => Promise<void> | void>>;

export class SimulatedFailovers {
  sim = simulateCluster();
  before: Before = {};
  readonly runner: Runner;
  private readonly journal: Journal;
  private readonly folder: string;

  private constructor(folder: string, machines: Awaited<ReturnType<typeof readMachines>>) {
    this.folder = folder;
    this.journal = openJournal(join(folder, 'journal.sqlite'), { now: () => new Date() });
    const names = Object.keys(steps) as FailoverFunction[];
    this.runner = createRunner({
      machines,
      substitutions: localSubstitutions,
      functions: Object.fromEntries(names.map((name) => [failoverArn(name), this.handlerOf(name)])),
      tasks: { run: () => Promise.reject(new Error('no task')) } as never,
      journal: this.journal,
    });
  }

  static async open(): Promise<SimulatedFailovers> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    return new SimulatedFailovers(folder, await readMachines());
  }

  async close(): Promise<void> {
    await this.runner.close(0);
    this.journal.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** As the handlers do: the report of an error becomes its message. */
  private handlerOf(name: FailoverFunction): FunctionHandler {
    return async (event) => {
      try {
        await this.before[name]?.();
        return (await steps[name](this.sim.cluster, event as never)) as Json;
      } catch (error) {
        const seen = reportError(error);
        throw Object.assign(new Error(JSON.stringify(seen)), { name: seen.name });
      }
    };
  }

  async approvedHash(mode: 'planned' | 'forced' = 'planned'): Promise<string> {
    return (await decide(this.sim.cluster, { mode, to: null })).plan.hash;
  }

  async failOver(input: object = {}): Promise<Ended> {
    const approved = await this.approvedHash((input as { mode?: 'forced' }).mode);
    const { id } = await this.runner.start('failover', { cluster: 'orders', approved, ...input });
    const record = await this.runner.wait(id);
    return { record, report: await readReport(this.sim.cluster.store, 'orders') };
  }

  /** I1: one writer at most. I4: the name leads to a writer, or was not touched. I6: the report says who. */
  holdsInvariants(seen: FailoverReport | undefined): void {
    const { sim } = this;
    const writers = sim.writers();
    expect(writers.length).toBeLessThanOrEqual(1);
    const named = sim.name() === '127.0.0.3' ? 'b' : 'a';
    if (sim.done.some((line) => line.startsWith('name'))) expect(writers).toEqual([named]);
    else expect(named).toBe('a');
    if (seen?.writable) expect(writers).toEqual([seen.writable]);
  }
}
