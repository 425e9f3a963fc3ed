/** What RDS knows of its instances, and what its orders do to the real servers behind them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsAnswer, AwsCall, Serve } from './aws-front.ts';
import { failure } from './aws-front.ts';
import type { Gate } from './gate.ts';
import type { PairNode, PostgresPair } from './postgres-pair.ts';
import { shown } from './rds-xml.ts';

export interface Instance {
  id: string;
  readonly region: string;
  readonly vpc: string;
  /** The server itself; undefined while it is created. */
  machine: PairNode | undefined;
  /** Its endpoint; a renamed instance has another one, where nobody asks. */
  gate: Gate | undefined;
  readonly address: string;
  readonly port: number;
  status: string;
  source: Instance | undefined;
  groups: readonly string[];
  /** Statuses of groups while they change; empty: all are active. */
  changing: readonly (readonly [group: string, status: string])[];
}

export interface Settings {
  /** Groups that let nobody in. */
  readonly isolating: ReadonlySet<string>;
  /** Each of a promotion, a change and a reboot, in milliseconds. */
  pace: number;
  /** moto gives a replica its source's tags. */
  readonly untag: (region: string, id: string) => Promise<void>;
  /** A promotion that never ends: it stays `modifying`. */
  promotes: boolean;
}

export class RdsInstances {
  readonly all: Instance[] = [];
  /** By address: an endpoint is its identifier's, whichever server stands behind it. */
  readonly gates = new Map<string, Gate>();
  /** What an effect on a real server failed with: a test ends with none. */
  readonly failures: string[] = [];
  private readonly pair: PostgresPair;
  private readonly settings: Settings;
  private readonly effects = new Set<Promise<void>>();

  constructor(pair: PostgresPair, settings: Settings) {
    [this.pair, this.settings] = [pair, settings];
  }

  find(region: string, name: string): Instance | undefined {
    const [, , , place = region, , , id = name] = name.startsWith('arn:') ? name.split(':') : [];
    return this.all.find((each) => each.id === id && each.region === place);
  }

  /** Until what was ordered is done. */
  async settled(): Promise<void> {
    while (this.effects.size > 0) await Promise.all(this.effects);
  }

  /** A promotion that did not end until now does. */
  async endPromotion(instance: Instance): Promise<void> {
    this.settings.promotes = true;
    await promote({ ...this.tools, instance });
  }

  readonly serve: Serve = async (call, pass) => {
    if (call.service === 'ec2') return pass();
    const order = orders[call.action];
    const answer = order === undefined ? await pass() : await this.obey(order, call, pass);
    return { ...answer, body: await shown(answer.body, (id) => this.find(call.region, id)) };
  };

  private async obey(order: Order, call: AwsCall, pass: () => Promise<AwsAnswer>) {
    const { service, region, parameters } = call;
    const name = parameters.get(order.of) ?? '';
    const instance = this.find(region, name);
    if (instance === undefined) {
      return failure(service, 'DBInstanceNotFound', `DBInstance ${name} not found.`, 404);
    }
    const refused = order.refuses?.(instance, parameters);
    if (refused !== undefined) return failure(service, 'InvalidDBInstanceState', refused);
    const answer = await pass();
    if (answer.status !== 200) return answer;
    const effect = order.effect?.({ ...this.tools, instance, call });
    if (effect !== undefined) this.watch(effect);
    return answer;
  }

  private get tools(): Tools {
    const { pair, settings, all, gates } = this;
    return { pair, settings, all, gates };
  }

  private watch(effect: Promise<void>): void {
    const seen = effect
      .catch((error: unknown) => void this.failures.push(String(error)))
      .finally(() => this.effects.delete(seen));
    this.effects.add(seen);
  }
}

interface Tools {
  readonly pair: PostgresPair;
  readonly settings: Settings;
  readonly all: Instance[];
  readonly gates: ReadonlyMap<string, Gate>;
}

interface Ordered extends Tools {
  readonly instance: Instance;
  readonly call: AwsCall;
}

interface Order {
  /** The parameter that names the instance. */
  readonly of: string;
  refuses?(instance: Instance, parameters: URLSearchParams): string | undefined;
  effect?(ordered: Ordered): Promise<void>;
}

const unavailable = ({ id, status }: Instance): string | undefined =>
  status === 'available' ? undefined : `Instance ${id} is in state ${status}, not available.`;

const orders: Readonly<Record<string, Order>> = {
  PromoteReadReplica: {
    of: 'DBInstanceIdentifier',
    refuses: (instance) =>
      unavailable(instance) ??
      (instance.source === undefined ? `${instance.id} is not a read replica.` : undefined),
    effect: promote,
  },
  ModifyDBInstance: { of: 'DBInstanceIdentifier', refuses: unavailable, effect: modify },
  RebootDBInstance: { of: 'DBInstanceIdentifier', refuses: unavailable, effect: reboot },
  CreateDBInstanceReadReplica: { of: 'SourceDBInstanceIdentifier', effect: createReplica },
  AddTagsToResource: { of: 'ResourceName' },
  RemoveTagsFromResource: { of: 'ResourceName' },
};

/** The status changes only after a while, and the server restarts in the end. */
async function promote({ instance, settings }: Omit<Ordered, 'call'>): Promise<void> {
  await sleep(settings.pace);
  instance.status = 'modifying';
  if (!settings.promotes) return;
  await instance.machine?.query('select pg_promote(true, 60)');
  await sleep(settings.pace);
  instance.status = 'rebooting';
  await restart(instance);
  instance.source = undefined;
  instance.status = 'available';
}

async function restart({ machine }: Instance): Promise<void> {
  await machine?.ctl('-m', 'fast', 'stop').catch(() => undefined);
  await machine?.ctl('start');
}

async function reboot({ instance, settings }: Ordered): Promise<void> {
  instance.status = 'rebooting';
  await restart(instance);
  await sleep(settings.pace);
  instance.status = 'available';
}

async function modify({ instance, settings, call }: Ordered): Promise<void> {
  const named = call.parameters.get('NewDBInstanceIdentifier');
  const groups = listIn(call.parameters, 'VpcSecurityGroupIds.VpcSecurityGroupId');
  if (named !== null) {
    instance.status = 'renaming';
    await sleep(settings.pace);
    [instance.id, instance.gate] = [named, undefined];
    instance.status = 'available';
  }
  if (groups.length === 0) return;
  instance.changing = [
    ...groups.map((group) => [group, 'adding'] as const),
    ...instance.groups.map((group) => [group, 'removing'] as const),
  ];
  await sleep(settings.pace);
  [instance.groups, instance.changing] = [groups, []];
  setGate(instance, settings);
}

const setGate = ({ gate, groups }: Instance, { isolating }: Settings): void =>
  gate?.set(groups.every((group) => isolating.has(group)) ? 'closed' : 'open');

async function createReplica({ instance: source, settings, ...ordered }: Ordered): Promise<void> {
  const { region, parameters } = ordered.call;
  const id = parameters.get('DBInstanceIdentifier') ?? '';
  const before = ordered.all.find((each) => each.region === region);
  if (before === undefined) throw new Error(`nothing was ever in ${region}`);
  const groups = listIn(parameters, 'VpcSecurityGroupIds.VpcSecurityGroupId');
  const gate = ordered.gates.get(before.address);
  const made: Instance = { ...before, id, machine: undefined, gate, source, groups, changing: [] };
  made.status = 'creating';
  await settings.untag(region, id);
  ordered.all.push(made);
  if (source.machine === undefined) throw new Error(`${source.id} has no server`);
  made.machine = await ordered.pair.copy(source.machine, before.machine?.name ?? 'a');
  gate?.lead({ address: made.machine.address, port: ordered.pair.port });
  setGate(made, settings);
  made.status = 'available';
}

const listIn = (parameters: URLSearchParams, path: string): string[] =>
  [...parameters].flatMap(([name, value]) => (name.startsWith(`${path}.`) ? [value] : []));
