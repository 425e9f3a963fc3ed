/** What a failover cannot tell itself: that it was stopped, ran out of time, or could not tell how it ended. */
import { ref, type Value } from './names.ts';
import type { Resource, Resources } from './resource.ts';

export function failoverAlarms(stage: string): Resources {
  return {
    FailoverStoppedAlarm: alarm({
      AlarmName: `holdfast-${stage}-failover-stopped`,
      AlarmDescription:
        'A failover was stopped or ran out of time, half way perhaps: holdfast failover status. Start it again: the next run goes on.',
      Metrics: sumOf(ofMachine('ExecutionsAborted'), ofMachine('ExecutionsTimedOut')),
    }),
    FailoverWatchAlarm: alarm({
      AlarmName: `holdfast-${stage}-failover-watch`,
      AlarmDescription:
        'Primaries or readiness of clusters cannot be looked at: the log of the function says why. Nobody notices a primary that is gone.',
      Metrics: sumOf(
        errorsOf('FailoverWatchLambdaFunction'),
        errorsOf('FailoverCheckLambdaFunction'),
      ),
    }),
    FailoverReportAlarm: alarm({
      AlarmName: `holdfast-${stage}-failover-report`,
      AlarmDescription:
        'How a failover ended could not be reported: its execution and holdfast failover status say what was done.',
      Metrics: sumOf(errorsOf('FailoverReportLambdaFunction')),
    }),
  };
}

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: Value }[];
}

const ofMachine = (MetricName: string): Metric => ({
  ...{ Namespace: 'AWS/States', MetricName },
  Dimensions: [{ Name: 'StateMachineArn', Value: ref('FailoverMachine') }],
});

const errorsOf = (functionId: string): Metric => ({
  ...{ Namespace: 'AWS/Lambda', MetricName: 'Errors' },
  Dimensions: [{ Name: 'FunctionName', Value: ref(functionId) }],
});

const sumOf = (...metrics: readonly Metric[]) => [
  { Id: 'all', Expression: 'SUM(METRICS())', Label: 'all' },
  ...metrics.map((Metric, index) => ({
    ...{ Id: `m${index}`, ReturnData: false },
    MetricStat: { Period: 60, Stat: 'Sum', Metric },
  })),
];

const alarm = (what: Readonly<Record<string, unknown>>): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    ...what,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [ref('AlertTopic')],
    OKActions: [ref('AlertTopic')],
  },
});
