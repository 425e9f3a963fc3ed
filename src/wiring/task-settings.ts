/** Overrides of a task: one definition serves sources of every size, each group with its own role. */
import { defaultIsolation, taskSizeOf } from '../core/config/deployment.ts';
import { mountOf } from '../core/config/mount.ts';
import type { Config } from '../core/config/schema.ts';

export interface TaskSettings {
  /** `local` on one machine, where the task has the rights of the process. */
  readonly roleArn: string;
  /** CPU units and MiB, as text: so ECS takes them. */
  readonly cpu: string;
  readonly memory: string;
  /** Spare capacity, cheaper and taken away at will: only where another attempt follows. */
  readonly spot: boolean;
  /** The key of what the task mounts: which task definition it is run by. */
  readonly mount?: string;
}

export interface SettingsOptions {
  readonly source: string;
  readonly verb: 'dump' | 'restore' | 'drill';
  readonly retried: boolean;
  /** `HOLDFAST_TASK_ROLES`: what stands before `dump-<group>` in the ARN of a role. */
  readonly roles: string | undefined;
}

export function taskSettings(
  { sources, deploy }: Pick<Config, 'sources' | 'deploy'>,
  { source: name, verb, retried, roles }: SettingsOptions,
): TaskSettings {
  const own = sources[name]?.deploy;
  const { cpu, memoryMiB, spot } = taskSizeOf(own, deploy);
  const group = own?.isolation ?? defaultIsolation;
  const mount = roles && verb !== 'drill' ? mountOf(sources[name]) : undefined;
  return {
    roleArn: roles ? `${roles}${verb}-${group}` : 'local',
    cpu: String(cpu),
    memory: String(memoryMiB),
    spot: spot && retried,
    ...(mount && { mount: mount.key }),
  };
}
