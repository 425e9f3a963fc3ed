/**
 * What is seen at a glance. Graphs search for their metrics, so that a new source needs no new graph.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
import type { Config } from '../../src/core/config/schema.ts';
import { durationSeconds } from '../../src/core/config/values.ts';
import { type MachineName, machineNames } from '../../src/core/contracts/machines.ts';
import { gibibyte, prices } from '../../src/core/cost/prices.ts';
import { type FigureName, metricNamespace } from '../../src/core/figures.ts';
import { pascal, type Sub, sub } from './names.ts';
import type { Resources } from './resource.ts';

export function dashboardBody(stage: string, config: Config, alarms: Resources): Sub {
  const service = `holdfast-${stage}`;
  const rows = [
    [alarmWidget(stage, alarms)],
    [ageWidget(service, config), ofRpoWidget(service)],
    [perSource(service, 'BackupDuration', 's'), perSource(service, 'BackupBytes', 'bytes')],
    [storedWidget(service), costWidget(service)],
    [executionsWidget(stage), failuresWidget(service)],
  ];
  return sub(JSON.stringify({ widgets: rows.flatMap(placed) }));
}

interface Widget {
  readonly type: 'metric' | 'alarm' | 'log';
  readonly properties: Readonly<Record<string, unknown>>;
}

const region = `\${AWS::Region}`;
const columns = 24;
const height = 6;

/** The widgets of a row share its width. */
function placed(row: readonly Widget[], index: number) {
  const width = columns / row.length;
  return row.map((widget, column) => ({
    ...widget,
    x: column * width,
    y: index * height,
    width,
    height,
  }));
}

const graph = (title: string, properties: Readonly<Record<string, unknown>>): Widget => ({
  type: 'metric',
  properties: {
    title,
    region,
    view: 'timeSeries',
    period: 300,
    stat: 'Maximum',
    ...properties,
  },
});

const search = (service: string, name: FigureName, statistic = 'Maximum') => [
  {
    expression: `SEARCH('{${metricNamespace},service,Source} service="${service}" MetricName="${name}"', '${statistic}', 300)`,
    label: '',
  },
];

const axis = (label: string) => ({ yAxis: { left: { min: 0, label, showUnits: false } } });

/** A line for each distinct RPO. */
function ageWidget(service: string, { sources }: Config): Widget {
  const rpos = Object.values(sources).flatMap(({ objectives }) => objectives?.rpo ?? []);
  const lines = [...new Set(rpos)].map((rpo) => ({
    label: `RPO ${rpo}`,
    value: durationSeconds(rpo),
  }));
  return graph('Age of the newest verified backup', {
    metrics: [search(service, 'BackupAge')],
    annotations: { horizontal: lines },
    ...axis('s'),
  });
}

function ofRpoWidget(service: string): Widget {
  const metric = (name: FigureName, more: object) => [
    metricNamespace,
    name,
    'service',
    service,
    more,
  ];
  return graph('The oldest against its RPO, sources without a recent backup', {
    metrics: [
      metric('OldestOfRpo', { label: 'oldest, % of its RPO' }),
      metric('StaleSources', { label: 'stale sources', yAxis: 'right' }),
    ],
    annotations: { horizontal: [{ label: 'RPO', value: 100 }] },
    ...axis('%'),
  });
}

const titles: Partial<Record<FigureName, string>> = {
  BackupDuration: 'Duration of a backup',
  BackupBytes: 'Stored size of a backup',
};

const perSource = (service: string, name: FigureName, unit: string): Widget =>
  graph(String(titles[name]), { metrics: [search(service, name)], ...axis(unit) });

const storedWidget = (service: string): Widget =>
  graph('Stored in the vault', {
    metrics: [search(service, 'StoredBytes')],
    stacked: true,
    ...axis('bytes'),
  });

/** Storage alone, at the list price of the standard class: `holdfast cost` says the rest. */
function costWidget(service: string): Widget {
  const { dollars } = prices.prices['s3.standard'];
  return graph('Storage at list price, $ a month', {
    metrics: [
      [{ expression: `stored / ${gibibyte} * ${dollars}`, label: '$ a month', id: 'cost' }],
      [metricNamespace, 'StoredBytes', 'service', service, { id: 'stored', visible: false }],
    ],
    ...axis('$'),
  });
}

const machineRef = (name: MachineName): string => `\${${pascal(name)}Machine}`;

function executionsWidget(stage: string): Widget {
  const ends = ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'] as const;
  const metrics = machineNames.flatMap((name) =>
    ends.map((end) => [
      'AWS/States',
      end,
      'StateMachineArn',
      machineRef(name),
      { label: `${name} ${end.slice('Executions'.length)}` },
    ]),
  );
  return graph(`Executions of ${stage} that did not succeed`, {
    metrics,
    stat: 'Sum',
    ...axis('executions'),
  });
}

const logged = ['plan', 'verify', 'retain', 'notify', 'health'];

function failuresWidget(service: string): Widget {
  const groups = [...logged.map((name) => `/aws/lambda/${service}-${name}`), taskLogs(service)];
  const query = [
    ...groups.map((group) => `SOURCE '${group}'`),
    'fields @timestamp, source, execution, coalesce(report.message, error.message) as failure',
    "filter level in ['ERROR', 'error']",
    'sort @timestamp desc',
    'limit 20',
  ];
  return {
    type: 'log',
    properties: {
      title: 'The last failures',
      region,
      view: 'table',
      query: query.join(' | '),
    },
  };
}

const taskLogs = (service: string): string => `/${service.replace('-', '/')}/tasks`;

function alarmWidget(stage: string, alarms: Resources): Widget {
  const own = Object.values(alarms).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  const names = own.map(({ Properties }) => String(Properties['AlarmName']));
  const others = ['dead-letters', 'throttled', 'notify'].map((name) => `holdfast-${stage}-${name}`);
  return {
    type: 'alarm',
    properties: {
      title: `holdfast-${stage}`,
      alarms: [...names, ...others].map(
        (name) =>
          `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${name}`,
      ),
    },
  };
}
