import { expect, test } from 'vitest';
import { dumpResultSchema, taskResultSchema } from '../../../src/core/contracts/results.ts';

const dumped = {
  backupId: '20261121T020000Z-daily-1a2b3c4d',
  partial: false,
  partialReasons: [],
  method: 'dump',
  keysPending: [],
  durationSeconds: 3,
};
const error = {
  name: 'SourceError',
  code: 'SOURCE_UNREACHABLE',
  message: 'no answer',
  exitCode: 1,
  retryable: true,
};

test.for([dumped, { error }])('a task leaves its result, or why there is none: %j', (left) => {
  expect(taskResultSchema(dumpResultSchema).parse(left)).toEqual(left);
});

test.for([{}, { error: 'it failed' }, { ...dumped, backupId: 'latest' }])(
  'what is neither is refused: %j',
  (left) => {
    expect(taskResultSchema(dumpResultSchema).safeParse(left).success).toBe(false);
  },
);
