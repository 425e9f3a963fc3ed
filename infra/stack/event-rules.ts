/** Policies with `on:`: an event on the default bus starts a backup. */
import type { Config } from '../../src/core/config/schema.ts';
import { arnOf, digest, ref } from './names.ts';
import type { Resources } from './resource.ts';

interface Triggered {
  readonly pattern: string;
  readonly source: string;
  readonly policy: string;
}

/** EventBridge's limit for a rule. */
const targetsPerRule = 5;

export function eventRules(stage: string, config: Config): Resources {
  const byPattern = Map.groupBy(triggersOf(config), ({ pattern }) => pattern);
  const rules = [...byPattern].flatMap(([pattern, triggers]) =>
    chunks(triggers).map((chunk, index) => {
      const id = digest(`${pattern} ${index}`, 12);
      return [`EventRule${id}`, rule(`holdfast-${stage}-on-${id}`, pattern, chunk)] as const;
    }),
  );
  return Object.fromEntries(rules);
}

function triggersOf({ sources }: Config): Triggered[] {
  return Object.entries(sources).flatMap(([source, { policies }]) =>
    Object.entries(policies).flatMap(([policy, { on = [] }]) =>
      on.map((event) => ({ pattern: JSON.stringify(event), source, policy })),
    ),
  );
}

function chunks<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / targetsPerRule);
  return Array.from({ length: count }, (_, index) =>
    all.slice(index * targetsPerRule, (index + 1) * targetsPerRule),
  );
}

/** The event's time is the slot: an event that is delivered twice makes one backup. */
function rule(name: string, pattern: string, triggers: readonly Triggered[]) {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: name,
      EventPattern: JSON.parse(pattern) as object,
      State: 'ENABLED',
      Targets: triggers.map(({ source, policy }, index) => ({
        Id: `backup-${index}`,
        Arn: ref('BackupMachine'),
        RoleArn: arnOf('EventRole'),
        InputTransformer: {
          InputPathsMap: { time: '$.time' },
          InputTemplate: `{"source":"${source}","policy":"${policy}","scheduledTime":<time>}`,
        },
        RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
        DeadLetterConfig: { Arn: arnOf('DeadLetters') },
      })),
    },
  };
}
