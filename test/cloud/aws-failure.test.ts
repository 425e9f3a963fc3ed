import { expect, it } from 'vitest';
import { awsFailure } from '../../src/cloud/aws-failure.ts';
import { UsageError } from '../../src/core/errors.ts';

/** As the SDK gives what the emulator never answers. */
const answered = (name: string, httpStatusCode?: number, message = 'said so') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });

it.each([
  ['ThrottlingException', 400, 'AWS_BUSY', true],
  ['Throttling', 400, 'AWS_BUSY', true],
  ['SomethingNew', 503, 'AWS_BUSY', true],
  ['ExpiredTokenException', 400, 'AWS_CREDENTIALS_REFUSED', false],
  ['UnrecognizedClientException', 400, 'AWS_CREDENTIALS_REFUSED', false],
  ['TokenProviderError', undefined, 'AWS_CREDENTIALS_MISSING', false],
  ['SomethingNew', 403, 'AWS_DENIED', false],
  ['ValidationException', 400, 'AWS_REFUSED', false],
  ['TimeoutError', undefined, 'AWS_UNREACHABLE', true],
] as const)('%s (%s) is %s', (name, status, code, retryable) => {
  const failure = awsFailure('starting backup-1 in holdfast-prod', answered(name, status));
  expect(failure).toMatchObject({ name: 'CloudError', code, retryable, exitCode: 1 });
  expect(failure.message).toBe(`starting backup-1 in holdfast-prod failed: ${name}: said so`);
  expect(failure.hint).toMatch(/\w/);
});

it('a Region that nobody named is asked for', () => {
  expect(awsFailure('x', new Error('Region is missing')).code).toBe('AWS_REGION_MISSING');
});

it('an error of our own passes', () => {
  const own = new UsageError('no', { code: 'STACK_MISSING' });
  expect(awsFailure('x', own)).toBe(own);
});
