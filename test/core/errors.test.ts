import { expect, test } from 'vitest';
import * as errors from '../../src/core/errors.ts';
import {
  ChannelError,
  ConfigurationError,
  HoldfastError,
  LeaseHeldError,
  reportError,
} from '../../src/core/errors.ts';

const details = { code: 'SOME_CODE' };

const exitCodes: Readonly<Record<string, number>> = {
  UsageError: 2,
  SecretError: 2,
  VaultMissingError: 10,
  LeaseHeldError: 11,
  WrongKeyError: 12,
  IntegrityError: 13,
  FailoverRefusedError: 21,
  InterruptedError: 130,
};

type PlainError = new (message: string, details: errors.ErrorDetails) => HoldfastError;
const kinds = Object.entries<unknown>({ ...errors }).filter(
  (entry): entry is [string, PlainError] => {
    const [name, kind] = entry;
    if (name === 'ConfigurationError' || typeof kind !== 'function') return false;
    return kind.prototype instanceof HoldfastError;
  },
);

test('errors have the exit codes that say more than failed', () => {
  expect(kinds.map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(exitCodes)));
});

test.for(kinds)(
  '%s has the literal name that state machines match, and its exit code',
  ([name, kind]) => {
    const error = new kind('it failed', details);
    expect(error).toMatchObject({ name, exitCode: exitCodes[name] ?? 1, retryable: false });
  },
);

test('a configuration error lists every problem and counts them', () => {
  const problem = {
    path: 'vault',
    line: 1,
    column: 1,
    message: 'missing',
    text: 'a.yaml:1:1 vault: missing',
  };
  expect(new ConfigurationError('a.yaml', [problem]).message).toBe(
    'configuration not usable: a.yaml has one problem\n  a.yaml:1:1 vault: missing',
  );
  expect(new ConfigurationError('a.yaml', [problem, problem])).toMatchObject({
    message: expect.stringContaining('has 2 problems\n  a.yaml:1:1'),
    problems: [problem, problem],
    exitCode: 2,
  });
});

test('a channel error says how long the receiver wants to be left alone', () => {
  expect(new ChannelError('refused', details).retryAfterSeconds).toBe(0);
  expect(
    new ChannelError('slow down', { ...details, retryAfterSeconds: 30 }).retryAfterSeconds,
  ).toBe(30);
});

test.for([
  [
    new LeaseHeldError('held', { code: 'LEASE_HELD', hint: 'Wait.', retryable: true, cause: 'x' }),
    {
      name: 'LeaseHeldError',
      code: 'LEASE_HELD',
      message: 'held',
      exitCode: 11,
      retryable: true,
      hint: 'Wait.',
    },
  ],
  [
    new HoldfastError('failed', details),
    { name: 'HoldfastError', code: 'SOME_CODE', message: 'failed', exitCode: 1, retryable: false },
  ],
  [
    new TypeError('a defect'),
    {
      name: 'HoldfastError',
      code: 'UNEXPECTED',
      message: 'a defect',
      exitCode: 1,
      retryable: false,
    },
  ],
  [
    'only text',
    {
      name: 'HoldfastError',
      code: 'UNEXPECTED',
      message: 'only text',
      exitCode: 1,
      retryable: false,
    },
  ],
] as const)('%s is reduced to what may be shown', ([error, expected]) => {
  expect(reportError(error)).toEqual(expected);
});
