/** What the placeholders of the state machines stand for in a stack: only those that a machine has. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../../src/core/config/schema.ts';
import { type MachineName, machineNames } from '../../src/core/contracts/machines.ts';
import { taskVerbs } from '../../src/core/contracts/tasks.ts';
import { UsageError } from '../../src/core/errors.ts';
import { mountedTaskIds, mountingTasks } from './mounts.ts';
import { arnOf, pascal, ref, sub, type Value } from './names.ts';
import type { Network } from './network.ts';

type Substitutions = Readonly<Record<string, Value>>;

const machinesFolder = new URL('../../state-machines/', import.meta.url);

export async function substitutionsOf(
  network: Network,
  config: Config,
): Promise<Readonly<Record<MachineName, Substitutions>>> {
  const all = { ...everything(network), ...mountedTasks(config) };
  const entries = await Promise.all(
    machineNames.map(async (name) => {
      const text = await readFile(new URL(`${name}.asl.json`, machinesFolder), 'utf8');
      return [name, forText(text, all)] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<MachineName, Substitutions>;
}

function everything(network: Network): Substitutions {
  const functions = ['Plan', 'Verify', 'Retain', 'Notify', 'Health'];
  return {
    ...Object.fromEntries(
      functions.map((name) => [`${name}FunctionArn`, ref(`${name}FunctionVersion`)]),
    ),
    ...Object.fromEntries(
      taskVerbs.map((verb) => [`${pascal(verb)}TaskArn`, ref(`${pascal(verb)}Task`)]),
    ),
    ...Object.fromEntries(
      machineNames.map((name) => [`${pascal(name)}MachineArn`, ref(`${pascal(name)}Machine`)]),
    ),
    ClusterArn: arnOf('Cluster'),
    SubnetA: network.subnets[0],
    SubnetB: network.subnets[1],
    TaskSecurityGroup: network.securityGroup,
    AssignPublicIp: network.publicIp ? 'ENABLED' : 'DISABLED',
  };
}

/** An object of JSONata: the key of a mount → the definition whose tasks have it. */
function mountedTasks(config: Config): Substitutions {
  return Object.fromEntries(
    mountingTasks.map((verb) => {
      const entries = mountedTaskIds(verb, config).map(({ key, id }) => `'${key}': '\${${id}}'`);
      const name = `${pascal(verb)}MountedTasks`;
      return [name, entries.length === 0 ? '{}' : sub(`{${entries.join(', ')}}`)];
    }),
  );
}

export function forText(text: string, all: Substitutions): Substitutions {
  const names = new Set([...text.matchAll(/\$\{([A-Za-z]+)\}/g)].map(([, name]) => String(name)));
  return Object.fromEntries(
    [...names].sort().map((name) => {
      const value = all[name];
      if (value === undefined) throw unknown(name);
      return [name, value];
    }),
  );
}

const unknown = (name: string): UsageError =>
  new UsageError(`A state machine has the placeholder ${name}, and the stack nothing for it`, {
    code: 'PLACEHOLDER_UNKNOWN',
    hint: 'Name its value in infra/stack/substitutions.ts.',
  });
