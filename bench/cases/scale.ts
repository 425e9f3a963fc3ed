/** Ten thousand sources in one night: quotas, limits, requests, cost; with the recorded figures of one run. */
import type { CostFacts } from '../../src/core/cost/facts.ts';
import { byItem, forecast, type Month } from '../../src/core/cost/forecast.ts';
import { prices } from '../../src/core/cost/prices.ts';
import { at, recorded } from '../../src/core/cost/recorded.ts';
import { startSeconds } from '../../src/core/cost/run-lines.ts';
import { assumed } from '../../src/core/cost/set-sizes.ts';
import { layout } from '../../src/core/layout.ts';
import { planScheduled } from '../../src/pipeline/plan-scheduled.ts';
import { createOrOpenVault } from '../../src/pipeline/vault/index.ts';
import { openMemoryStore } from '../../src/storage/memory/index.ts';
import {
  count,
  type ManySources,
  manySources,
  medianGib,
  schedule,
} from '../scale/many-sources.ts';
import { type Night, simulateNight } from '../scale/simulate-night.ts';

/** `ItemBatcher.MaxItemsPerBatch` of state-machines/scheduled.asl.json. */
const perChild = 10;
/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html */
const fargate = { burst: 100, perSecond: 20 };

export async function benchScale(now: Date): Promise<string> {
  const sources = manySources();
  const plan = await planNight(sources);
  const seconds = sources.facts.map(({ expectedBytes = 0 }) => runSeconds(expectedBytes));
  const nights = [plan.concurrency, 50, 100].map((children) => ({
    children,
    night: simulateNight({ seconds, children, perChild, bucket: fargate }),
  }));
  const month = forecast(factsOf(sources, 'rate(5 minutes)', now), { moment: 'settled' });
  const hourly = forecast(factsOf(sources, 'rate(1 hour)', now), { moment: 'settled' });
  return [
    ...head(sources, now),
    ...limits(plan, nights[0]?.night),
    ...nightTable(nights),
    ...requests(month),
    ...money(month, hourly),
    ...basis(),
    '',
  ].join('\n');
}

/** Functions of a run take some seconds in Lambda, cold starts included: not recorded. */
const functionsSeconds = 8;
const runSeconds = (bytes: number): number =>
  startSeconds + functionsSeconds + bytes / assumed.bytesPerSecond;

interface PlannedNight {
  readonly concurrency: number;
  readonly listBytes: number;
  readonly planBytes: number;
}

/** The plan function's own code, with a vault in memory. */
async function planNight({ config }: ManySources): Promise<PlannedNight> {
  const store = openMemoryStore();
  const execution = 'scheduled-20261121T020000Z';
  const plan = await planScheduled(
    { expression: schedule, timezone: 'UTC', scheduledTime: '2026-11-21T02:00:00Z' },
    {
      execution,
      config: {
        sources: config,
        vault: { primary: { url: 's3://bucket/vault' }, copies: [], encryption: {} },
        deploy: {},
      },
      openVault: () => createOrOpenVault({ store, recipients: [], now: () => new Date() }),
    },
  );
  const list = await store.head(layout.result(execution, 'runs'));
  const planBytes = Buffer.byteLength(JSON.stringify(plan));
  return { concurrency: plan.concurrency, listBytes: list?.sizeBytes ?? 0, planBytes };
}

const factsOf = ({ facts }: ManySources, healthSchedule: string, now: Date): CostFacts => ({
  now,
  sources: facts,
  destinations: [
    { name: 'primary', way: 'none', distance: 'same', onAws: true, tiers: [], lockDays: 7 },
  ],
  floor: 3,
  architecture: 'arm64',
  publicIp: true,
  endpoints: false,
  functionMemoryMiB: 512,
  healthSchedule,
  kmsRecipients: 1,
  kmsKeys: 2,
  secrets: count,
});

const head = ({ totalGib }: ManySources, now: Date): string[] => [
  '# Ten thousand sources',
  '',
  `Written by \`npm run bench scale\` on ${now.toISOString().slice(0, 10)}: a simulation, with what one run needs`,
  `as recorded on ${recorded.recordedOn} (\`npm run bench record\`, src/core/cost/recorded.json) and prices of`,
  `${prices.region}, list of ${prices.asOf}. Nothing of it ran on AWS.`,
  '',
  `${number(count)} PostgreSQL databases, all at \`${schedule}\`, kept for 14 days, 8 weeks and 6 months. Stored sizes are`,
  `log-normal with a median of ${medianGib} GiB; together one night stores ${number(totalGib)} GiB.`,
];

function limits({ listBytes, planBytes }: PlannedNight, night: Night | undefined): string[] {
  const { scheduled, full } = recorded;
  const childEvents = scheduled.events.base + perChild * scheduled.events.perRun;
  const rows: string[][] = [
    ['schedules', '1', '10,000,000', 'one for each time and zone'],
    ['invocations of the scheduler, per second', '1', '1,000', 'one schedule'],
    [
      'answer of the plan function, KiB',
      kib(planBytes),
      '256',
      'its own code; the list lies in the vault',
    ],
    [
      'list of runs in the vault, MiB',
      (listBytes / 1024 ** 2).toFixed(1),
      'no limit in a state',
      'its own code',
    ],
    ['largest payload in a backup, KiB', kib(full.largestPayloadBytes), '256', 'recorded'],
    [
      'largest payload of an inline Map with 100 runs, KiB',
      kib(payload(100)),
      '256',
      'recorded, by the line through 1 and 5 runs',
    ],
    ['events of a backup', String(full.events), '25,000', 'recorded'],
    ['events of a child with ten runs', number(childEvents), '25,000', 'recorded, by the line'],
    [
      'events of an inline Map with all of them',
      number(scheduled.events.base + count * scheduled.events.perRun),
      '25,000',
      'why more than a hundred go by Distributed Map',
    ],
    [
      'child executions of one Map Run',
      number(count / perChild),
      '10,000 at a time',
      'the machine',
    ],
    [
      'starts of executions, per second',
      number(night?.startsPerSecond ?? 0),
      '1,300 at once, 300 refilled',
      'simulated',
    ],
    ['open executions', number(night?.open ?? 0), '1,000,000', 'simulated'],
    [
      'starts of tasks, per second',
      number(night?.tasksPerSecond ?? 0),
      '100 at once, 20 refilled',
      'simulated; the rest waits, or is tried again by Retry',
    ],
  ];
  return [
    '',
    '## Against quotas and limits',
    '',
    ...markdownTable(['What', 'Here', 'Limit', 'How known'], rows),
  ];
}

const payload = (runs: number): number =>
  recorded.scheduled.largestPayloadBytes.base +
  runs * recorded.scheduled.largestPayloadBytes.perRun;

function nightTable(nights: readonly { children: number; night: Night }[]): string[] {
  const rows = nights.map(({ children, night }, n) => [
    `${children}${n === 0 ? ' (as shipped)' : ''}`,
    night.hours.toFixed(1),
    number(night.open),
    number(night.startsPerSecond),
    number(night.tasksPerSecond),
    `${number(night.delayed)}, ${night.longestDelaySeconds.toFixed(0)} s at most`,
  ]);
  const titles = [
    'Children at a time',
    'Hours',
    'Open at most',
    'Starts/s',
    'Tasks/s',
    'Waited for Fargate',
  ];
  return [
    '',
    '## The night',
    '',
    `A child starts ten runs and ends with the slowest. A run takes ${startSeconds} s to start its task, ${functionsSeconds} s in functions and`,
    `its bytes at ${assumed.bytesPerSecond / 1024 ** 2} MiB/s. As many vCPUs as runs are open must be within the account's Fargate quota.`,
    '',
    ...markdownTable(titles, rows),
  ];
}

function requests({ sources, common }: Month): string[] {
  const [one] = sources;
  const sets = one?.sets ?? 0;
  const perMonth = (item: string, unit: string) =>
    [...sources.flatMap(({ lines }) => lines), ...common]
      .filter((line) => line.item === item && line.unit === unit)
      .reduce((sum, { quantity }) => sum + quantity, 0);
  const { full } = recorded;
  const night = (kind: 'put' | 'get') => at(full[kind], sets);
  return [
    '',
    '## Requests',
    '',
    ...markdownTable(
      ['What', 'One backup', `A month of ${number(count)}`],
      [
        [
          'S3, billed as PUT (LIST too) and as GET',
          `${night('put').toFixed(0)} and its parts; ${night('get').toFixed(0)}`,
          number(perMonth('requests', 'requests')),
        ],
        ['Lambda', String(full.functions), number(perMonth('functions', 'requests'))],
        [
          'transitions',
          String(full.transitions),
          number(perMonth('transitions', 'transitions') + prices.prices['states.free'].dollars),
        ],
      ],
    ),
    '',
    `With ${sets.toFixed(0)} sets for each source. What a run reads grows with the sets of its own source, not with the sources.`,
    `A health check lists and reads ${number(count * recorded.healthOfMany.put)} times billed as PUT and ${number(count * recorded.healthOfMany.get)} as GET, sixteen sources at a time.`,
  ];
}

function money(month: Month, hourly: Month): string[] {
  const rows = byItem(month).map(({ item, dollars }) => [item, usd(dollars)]);
  const saved = month.dollars - hourly.dollars;
  return [
    '',
    '## A month',
    '',
    ...markdownTable(['Item', 'Dollars'], [...rows, ['**all**', `**${usd(month.dollars)}**`]]),
    '',
    `Of so many sources the health check reads only the newest sets; each five minutes that still costs ${usd(saved)}`,
    'a month more than once an hour: at this size set `health.schedule` by the strictest RPO, not by the default.',
    'A secret for each database is the other large part: databases of one server can share one.',
  ];
}

const basis = (): string[] => [
  '',
  '## What is recorded and what is assumed',
  '',
  '- Recorded: transitions, events, payloads, S3 requests and invocations of one run, and how they grow with sets,',
  '  parts, objects and runs. Real code: the plan function and its list, retention (simulated day by day).',
  '- Assumed: sizes, throughput, seconds in functions and before a task runs, logs, alarms; every run succeeds.',
  '- Quotas are those of a large Region by AWS’s pages ([Step Functions](https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html),',
  '  [Fargate](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html), [Scheduler](https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html)); the rate of starts was not checked. Yours are in Service Quotas.',
];

const markdownTable = (titles: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const kib = (bytes: number): string => (bytes / 1024).toFixed(1);
const usd = (dollars: number): string =>
  dollars.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
