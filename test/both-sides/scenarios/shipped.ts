/** The state machines of `state-machines/`, with scripted functions and tasks. */
import type { Json } from '../../../src/core/canonical-json.ts';
import { page, type Scenario } from '../scenario.ts';
import type { Script } from '../script-server.ts';

const backupId = '20261121T020000Z-daily-1a2b3c4d';
const good = { outcome: 'good', backupId };
/** Errors have their names in `concepts-error-handling`; what becomes of them the definition says. */
const source = page('concepts-error-handling');
const task = {
  roleArn: 'arn:aws:iam::000000000000:role/sides',
  cpu: '256',
  memory: '512',
  spot: false,
};
const plan = {
  due: true,
  source: 'shop',
  reason: '',
  copies: false,
  dump: { source: 'shop', policy: 'daily', method: 'full', parent: null },
  retry: { attempts: 3, waitSeconds: 0 },
  task,
};
const wellScripted: Script = {
  plan: [{ returns: plan }],
  verify: [{ returns: good }],
  retain: [{ returns: { more: false } }],
};
const throws = (name: string) => [{ throws: name, message: `{"code":"${name}"}` }];
const exits = (...codes: number[]) => codes.map((code) => ({ shell: `exit ${code}` }));

const backup = (title: string, script: Script, rest: Pick<Scenario, 'expected'>): Scenario => ({
  title: `backup: ${title}`,
  source,
  definition: 'backup',
  input: { source: 'shop' },
  script: { ...wellScripted, ...script },
  ...rest,
});
const runs = (...names: string[]) =>
  names.map((name) => ({ machine: 'backup', name: `backup-${name}`, input: { source: 'shop' } }));

const begun = ['Plan backup', 'Is it due?', 'Dump'];
const verified = [...begun, 'Verify backup', 'Are there copies?'];
const retained = ['Apply retention', 'Is there more to remove?'];
const told = ['Notify outcome', 'Done'];
const failed = ['Notify failure', 'Failed'];
const succeeds = (...states: string[]) => ({
  expected: { status: 'SUCCEEDED', output: good, states },
});
const fails = (error: string, ...states: string[]) => ({
  expected: { status: 'FAILED', error, states },
});
const aborts = (...states: string[]) => ({ expected: { status: 'ABORTED', states } });
const again = ['Is the failure transient?', 'Wait before another attempt', 'Dump'];

const backups: readonly Scenario[] = [
  backup('all is well', {}, succeeds(...verified, ...retained, ...told)),
  backup(
    'another run has claimed the time',
    { plan: [{ returns: { ...plan, due: false } }] },
    {
      expected: {
        status: 'SUCCEEDED',
        output: { outcome: 'skipped', backupId: null },
        states: ['Plan backup', 'Is it due?', 'Skipped'],
      },
    },
  ),
  backup(
    'the plan fails',
    { plan: throws('ConfigError') },
    fails('ConfigError', 'Plan backup', ...failed),
  ),
  backup(
    'the dump exits 1',
    { dump: exits(1) },
    fails('States.TaskFailed', ...begun, 'Is the failure transient?', ...failed),
  ),
  backup(
    'the dump exits 75 once',
    { dump: exits(75, 0) },
    succeeds(...begun, ...again, ...verified.slice(3), ...retained, ...told),
  ),
  backup(
    'the dump exits 75 every time',
    { dump: exits(75) },
    fails(
      'States.TaskFailed',
      ...begun,
      ...again,
      ...again,
      'Is the failure transient?',
      ...failed,
    ),
  ),
  backup(
    'the dump is killed',
    { dump: [{ shell: 'kill -9 $PPID $$' }] },
    fails('States.TaskFailed', ...begun, 'Is the failure transient?', ...failed),
  ),
  {
    ...backup('it is stopped while it dumps', { dump: [{ shell: 'sleep 5' }] }, aborts(...begun)),
    during: async (live) => {
      await live.called('dump');
      await live.side.stop(live.machine, live.execution, 'enough');
    },
  },
  backup(
    'the set does not pass its check',
    { verify: throws('IntegrityError') },
    fails('IntegrityError', ...begun, 'Verify backup', ...failed),
  ),
  backup(
    'Lambda itself fails once',
    { verify: [{ throws: 'Lambda.ServiceException' }, { returns: good }] },
    succeeds(...verified, ...retained, ...told),
  ),
  backup(
    'a copy fails',
    { plan: [{ returns: { ...plan, copies: true } }], copy: exits(1) },
    succeeds(...verified, 'Copy backup', ...retained, ...told),
  ),
  backup(
    'retention has more to do',
    { retain: [{ returns: { more: true } }, { returns: { more: false } }] },
    succeeds(...verified, ...retained, ...retained, ...told),
  ),
  backup(
    'retention fails',
    { retain: throws('StoreError') },
    succeeds(...verified, 'Apply retention', ...told),
  ),
  backup(
    'nobody can be told',
    { notify: throws('ChannelError') },
    succeeds(...verified, ...retained, ...told),
  ),
  backup(
    'nobody can be told of a failure',
    { notify: throws('ChannelError'), verify: throws('IntegrityError') },
    fails('IntegrityError', ...begun, 'Verify backup', ...failed),
  ),
];

const ready = { ready: true };
const frozen = { ready: false, waitSeconds: 1, detail: {}, input: { source: 'shop', backupId } };
const chosen = {
  restore: { source: 'shop', backupId },
  drill: { source: 'shop', backupId },
  backupId,
  task,
};
const thawing = ['Notify wait', 'Wait for the thaw', 'Look at the thaw', 'Is it thawed?'];

/** `restore` and `drill` differ in their task alone. */
const restores = (['restore', 'drill'] as const).flatMap((machine): Scenario[] => {
  const task = machine === 'restore' ? 'Restore' : 'Drill';
  const asked = (title: string, thaws: readonly Json[], more: Partial<Scenario>): Scenario => ({
    title: `${machine}: ${title}`,
    source,
    definition: machine,
    input: { source: 'shop' },
    expected: { status: '', states: [] },
    ...more,
    script: {
      plan: thaws.map((thaw, index) => ({ returns: index === 0 ? { ...chosen, thaw } : thaw })),
      ...more.script,
    },
  });
  const begin = ['Choose backup', 'Can it be read?'];
  return [
    asked('all is well', [ready], succeeds(...begin, task, ...told)),
    asked(
      'the set is thawed first',
      [frozen, ready],
      succeeds(...begin, ...thawing, task, ...told),
    ),
    asked('the task fails', [ready], {
      script: { [machine]: exits(4) },
      ...fails('States.TaskFailed', ...begin, task, ...failed),
    }),
    asked('no set can be chosen', [], {
      script: { plan: throws('UsageError') },
      ...fails('UsageError', 'Choose backup', ...failed),
    }),
  ];
});

const verify = (level: string, script: Script, rest: Pick<Scenario, 'expected'>): Scenario => ({
  title: `verify: level ${level}, ${rest.expected.status}`,
  source,
  definition: 'verify',
  input: { source: 'shop', backupId, level },
  script,
  ...rest,
});
const retain = (title: string, script: Script, rest: Pick<Scenario, 'expected'>): Scenario => ({
  title: `retain: ${title}`,
  source,
  definition: 'retain',
  input: { source: 'shop' },
  script,
  ...rest,
});
const look = 'Look at every source';

export const shippedScenarios: readonly Scenario[] = [
  ...backups,
  ...restores,
  verify('checked', {}, succeeds('Which level?', 'Check backup', ...told)),
  verify(
    'checked',
    { verify: throws('IntegrityError') },
    fails('IntegrityError', 'Which level?', 'Check backup', ...failed),
  ),
  verify('read', {}, succeeds('Which level?', 'Read backup', ...told)),
  verify(
    'read',
    { read: exits(5) },
    fails('States.TaskFailed', 'Which level?', 'Read backup', ...failed),
  ),
  retain(
    'page by page, to the last',
    {
      retain: [
        { returns: { more: true, removed: 3, errors: 0 } },
        { returns: { more: false, removed: 1, errors: 0 } },
      ],
    },
    {
      expected: {
        status: 'SUCCEEDED',
        output: { removed: 4, errors: 0 },
        states: ['Begin', ...retained, ...retained, ...told],
      },
    },
  ),
  retain(
    'the vault is away',
    { retain: throws('StoreError') },
    fails('StoreError', 'Begin', 'Apply retention', ...failed),
  ),
  {
    title: 'health: it says how many sources are stale',
    source,
    definition: 'health',
    script: { health: [{ returns: { sources: 3, stale: 1 } }] },
    expected: { status: 'SUCCEEDED', output: { sources: 3, stale: 1 }, states: [look] },
  },
  {
    title: 'health: it fails',
    source,
    definition: 'health',
    script: { health: throws('StoreError') },
    expected: { status: 'FAILED', error: 'StoreError', states: [look] },
  },
  {
    title: 'scheduled: nothing is due',
    source: page('state-choice'),
    definition: 'scheduled',
    input: { expression: 'rate(1 hour)', timezone: 'UTC' },
    script: { plan: [{ returns: { due: 0, runs: [], list: null, concurrency: 5 } }] },
    expected: {
      status: 'SUCCEEDED',
      output: { due: 0, started: 0, failed: 0 },
      states: ['Plan runs', 'How many are due?', 'Done'],
    },
  },
  {
    title: 'scheduled: one run of three fails',
    source: page('state-map-inline'),
    definition: 'scheduled',
    alongside: { backup: 'backup' },
    input: { expression: 'rate(1 hour)', timezone: 'UTC' },
    script: {
      plan: [{ returns: { due: 3, runs: runs('ok', 'bad', 'fine'), list: null, concurrency: 1 } }],
    },
    scripts: {
      'backup-ok': wellScripted,
      'backup-bad': { ...wellScripted, plan: throws('ConfigError') },
      'backup-fine': wellScripted,
    },
    expected: {
      status: 'SUCCEEDED',
      output: { due: 3, started: 3, failed: 1 },
      states: [
        'Plan runs',
        'How many are due?',
        'Run each',
        ...['Run', 'Run', 'Not run', 'Run'],
        'Has every run started?',
        'Done',
      ],
    },
  },
];
