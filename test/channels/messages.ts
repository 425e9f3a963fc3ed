/** Messages for the tests of channels. */
import type { AlertMessage } from '../../src/core/ports/channel.ts';

export const firing: AlertMessage = {
  event: 'backup.failed',
  status: 'firing',
  dedupKey: 'vault1.backup.failed.orders',
  severity: 'error',
  title: 'Backup of orders failed',
  detail: 'connecting to orders failed: connection refused. Start the server.',
  impact: 'RPO 1h: the newest verified backup is 3h old',
  command: 'holdfast executions show run-1',
  source: 'orders',
  fields: { execution: 'run-1', error: 'SOURCE_UNREACHABLE' },
  at: new Date('2026-11-21T02:00:00Z'),
};

/** As the deployed form tells it. */
export const deployed: AlertMessage = {
  ...firing,
  command: 'holdfast --stage prod executions show run-1',
  link: 'https://eu-west-3.console.aws.amazon.com/states/home?region=eu-west-3#/v2/executions/details/arn:aws:states:eu-west-3:111122223333:execution:holdfast-prod-backup:run-1',
};

export const resolved: AlertMessage = {
  ...firing,
  event: 'backup.recovered',
  status: 'resolved',
  severity: 'info',
  title: 'Recovered: Backup of orders failed',
};

export const info: AlertMessage = {
  event: 'test',
  status: 'info',
  dedupKey: 'vault1.test',
  severity: 'info',
  title: 'Test message of Holdfast',
  detail: 'Nothing is wrong.',
  impact: '',
  command: '',
  fields: {},
  at: firing.at,
};

/** Far beyond every receiver's limits, with everything that needs escaping. */
export const monstrous: AlertMessage = {
  ...firing,
  title: `Backup of <orders> & "others" failed\nBcc: x ${'é<&>🔥'.repeat(400)}`,
  detail: `${'<!channel> a & b <script>alert(1)</script> '.repeat(10_000)}`,
  impact: '&lt;'.repeat(5000),
  command: `echo \`\`\`<${'x&y '.repeat(5000)}`,
  dedupKey: `vault1.backup.failed.${'o'.repeat(400)}`,
};

export const soon = (): AbortSignal => AbortSignal.timeout(5000);
