/** What the runs of one source cost in a month, storage aside. */
import type { CostFacts, SourceFacts, TaskFacts } from './facts.ts';
import { type CostItem, type CostLine, costLine, prices } from './prices.ts';
import { at, type RecordedMachine, type RecordedRun, recorded } from './recorded.ts';

/** Fetching the image and starting it is billed too; one minute is the least. Not recorded. */
export const startSeconds = 30;
const leastSeconds = 60;

/** One kind of run in a month. */
export interface Runs {
  /** For people: `daily`, `drill`. */
  readonly name: string;
  readonly perMonth: number;
  readonly machine: RecordedMachine;
  /** Averaged over the month. */
  readonly sets: number;
  /** Of the largest task; others only start. */
  readonly taskSeconds: number;
  readonly objects: number;
  readonly parts: number;
}

type Surroundings = Pick<CostFacts, 'architecture' | 'publicIp' | 'functionMemoryMiB'>;

export function runLines(
  runs: Runs,
  { task }: Pick<SourceFacts, 'task'>,
  surroundings: Surroundings,
): CostLine[] {
  const { perMonth, machine, name } = runs;
  if (perMonth === 0) return [];
  const line = (item: CostItem, price: Parameters<typeof costLine>[1], quantity: number) =>
    costLine(item, price, { quantity: quantity * perMonth, detail: name });
  const more = Math.max(0, runs.objects - 2);
  const count = (kind: 'put' | 'get'): number =>
    at(machine[kind], runs.sets) +
    recorded.perObject[kind] * more +
    recorded.perPart[kind] * runs.parts;
  return [
    line('requests', 's3.put', count('put')),
    line('requests', 's3.get', count('get')),
    ...taskLines(runs, task, surroundings),
    ...functionLines(name, machine, { perMonth, sets: runs.sets, ...surroundings }),
    line('transitions', 'states.transition', machine.transitions),
  ];
}

/** Per second, from the fetch of the image to the end. https://aws.amazon.com/fargate/pricing/ */
export function taskLines(
  { name, perMonth, machine, taskSeconds }: Runs,
  { cpu, memoryMiB, spot }: TaskFacts,
  { architecture, publicIp }: Pick<CostFacts, 'architecture' | 'publicIp'>,
): CostLine[] {
  const billed = Math.max(leastSeconds, startSeconds + taskSeconds);
  const hours = (perMonth * machine.tasks * billed) / 3600;
  const factor = spot ? prices.prices['fargate.spot-factor'].dollars : 1;
  const detail = spot ? `${name}, spot` : name;
  return [
    costLine('tasks', `fargate.${architecture}.vcpu`, {
      ...{ detail, factor },
      quantity: (hours * cpu) / 1024,
    }),
    costLine('tasks', `fargate.${architecture}.memory`, {
      ...{ detail, factor },
      quantity: (hours * memoryMiB) / 1024,
    }),
    ...(publicIp ? [costLine('network', 'ipv4', { quantity: hours, detail: name })] : []),
  ];
}

export function functionLines(
  name: string,
  machine: Pick<RecordedRun, 'functions'> & Pick<RecordedMachine, 'functionSeconds'>,
  use: { perMonth: number; sets: number } & Pick<CostFacts, 'architecture' | 'functionMemoryMiB'>,
): CostLine[] {
  const { perMonth, sets, architecture, functionMemoryMiB } = use;
  const seconds = perMonth * at(machine.functionSeconds, sets);
  return [
    costLine('functions', 'lambda.request', {
      quantity: perMonth * machine.functions,
      detail: name,
    }),
    costLine('functions', `lambda.${architecture}`, {
      quantity: (seconds * functionMemoryMiB) / 1024,
      detail: name,
    }),
  ];
}
