/** Every verb in one line. A verb's own file loads only when it is used. */
import type { CommandDefinition } from './command.ts';

export interface CatalogueEntry {
  /** `backup`, `keys list`. */
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandDefinition>;
}

/** Verbs that have verbs of their own. */
export const groups: Readonly<Record<string, string>> = {
  executions: 'what has run and is running: list, show, resume, stop',
  keys: 'the keys that open the backups: list, add, rotate, test',
  config: 'schema: the JSON Schema of holdfast.yaml',
  failover: 'hand a database over to its replica, with proof',
};

/** `name` of a group alone (`executions`) means this member of it. */
export const groupDefaults: Readonly<Record<string, string>> = {
  executions: 'list',
  keys: 'list',
};

export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'init',
    summary: 'write a first holdfast.yaml',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'check',
    summary: 'prove the configuration: sources, vault, keys',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'backup',
    summary: 'back sources up',
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'list',
    summary: 'the backups in the vault',
    load: async () => (await import('./commands/list.ts')).list,
  },
  {
    name: 'show',
    summary: 'everything about one backup',
    load: async () => (await import('./commands/show.ts')).show,
  },
  {
    name: 'verify',
    summary: 'prove stored backups again',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'restore',
    summary: 'bring a source back, or all of them',
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  {
    name: 'drill',
    summary: 'prove a backup by restoring it into a scratch',
    load: async () => (await import('./commands/drill.ts')).drill,
  },
  {
    name: 'status',
    summary: 'how each source stands',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'prune',
    summary: 'remove what no policy keeps',
    load: async () => (await import('./commands/prune.ts')).prune,
  },
  {
    name: 'cost',
    summary: 'what a month on AWS costs',
    load: async () => (await import('./commands/cost.ts')).cost,
  },
  {
    name: 'hold',
    summary: 'keep a backup whatever the policies say',
    load: async () => (await import('./commands/hold.ts')).hold,
  },
  {
    name: 'release',
    summary: 'end a hold',
    load: async () => (await import('./commands/release.ts')).release,
  },
  {
    name: 'keys list',
    summary: 'who can open the backups',
    load: async () => (await import('./commands/keys-list.ts')).keysList,
  },
  {
    name: 'keys add',
    summary: 'complete the key files that are missing',
    load: async () => (await import('./commands/keys-add.ts')).keysAdd,
  },
  {
    name: 'keys rotate',
    summary: 'other keys, for old sets too',
    load: async () => (await import('./commands/keys-rotate.ts')).keysRotate,
  },
  {
    name: 'keys test',
    summary: 'whether a key alone opens every backup',
    load: async () => (await import('./commands/keys-test.ts')).keysTest,
  },
  {
    name: 'failover plan',
    summary: 'what a failover would do, and what it may lose',
    load: async () => (await import('./commands/failover-plan.ts')).failoverPlan,
  },
  {
    name: 'failover check',
    summary: 'whether a failover would be begun now',
    load: async () => (await import('./commands/failover-check.ts')).failoverCheck,
  },
  {
    name: 'failover start',
    summary: 'hand a cluster over to its replica',
    load: async () => (await import('./commands/failover-start.ts')).failoverStart,
  },
  {
    name: 'failover status',
    summary: 'the run that is under way, or the last one',
    load: async () => (await import('./commands/failover-status.ts')).failoverStatus,
  },
  {
    name: 'failover approve',
    summary: 'approve the plan of a run that waits',
    load: async () => (await import('./commands/failover-approve.ts')).failoverApprove,
  },
  {
    name: 'failover abort',
    summary: 'end a run: undone before the promotion, finished after it',
    load: async () => (await import('./commands/failover-abort.ts')).failoverAbort,
  },
  {
    name: 'failover report',
    summary: 'who writes now, how it was proved, what was lost',
    load: async () => (await import('./commands/failover-report.ts')).failoverReport,
  },
  {
    name: 'failover drill',
    summary: 'prove a failover on scratch servers, and measure it',
    load: async () => (await import('./commands/failover-drill.ts')).failoverDrill,
  },
  {
    name: 'executions list',
    summary: 'what ran and what runs',
    load: async () => (await import('./commands/executions-list.ts')).executionsList,
  },
  {
    name: 'executions show',
    summary: 'one execution as a history',
    load: async () => (await import('./commands/executions-show.ts')).executionsShow,
  },
  {
    name: 'executions resume',
    summary: 'go on with what a dead process left',
    load: async () => (await import('./commands/executions-resume.ts')).executionsResume,
  },
  {
    name: 'executions stop',
    summary: 'end an execution',
    load: async () => (await import('./commands/executions-stop.ts')).executionsStop,
  },
  {
    name: 'config schema',
    summary: 'the JSON Schema of holdfast.yaml',
    load: async () => (await import('./commands/config-schema.ts')).configSchema,
  },
  {
    name: 'serve',
    summary: 'run the schedules from now on',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'demo',
    summary: 'see the main job on data of its own',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'completion',
    summary: 'shell completion: bash, zsh, fish',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];
