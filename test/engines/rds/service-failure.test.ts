import { expect, it } from 'vitest';
import { FailoverError } from '../../../src/core/errors.ts';
import { isService, serviceFailure } from '../../../src/engines/rds/service-failure.ts';

const named = (name: string, status?: number) =>
  Object.assign(new Error('words'), { name, $metadata: { httpStatusCode: status } });

it.each([
  [named('AccessDenied', 403), 'RDS_DENIED', false],
  [named('UnauthorizedOperation', 403), 'RDS_DENIED', false],
  [named('CredentialsProviderError'), 'RDS_DENIED', false],
  [named('DBInstanceNotFoundFault', 404), 'RDS_NOT_FOUND', false],
  [named('DBInstanceNotFound', 404), 'RDS_NOT_FOUND', false],
  [named('InvalidGroup.NotFound', 400), 'RDS_NOT_FOUND', false],
  [named('InvalidDBInstanceStateFault', 400), 'RDS_STATE', false],
  [named('InvalidDBInstanceState', 400), 'RDS_STATE', false],
  [named('Throttling', 400), 'RDS_THROTTLED', true],
  [named('InvalidParameterValue', 400), 'RDS_REFUSED', false],
  [named('InternalFailure', 500), 'RDS_UNREACHABLE', true],
  [named('TimeoutError'), 'RDS_UNREACHABLE', true],
  ['a word', 'RDS_UNREACHABLE', true],
])('knows what %s means', (error, code, retryable) => {
  const failure = serviceFailure('PromoteReadReplica of orders-b (eu-west-1)', error);
  expect(failure).toMatchObject({ code, retryable });
  expect(failure.message).toMatch(/^PromoteReadReplica of orders-b \(eu-west-1\): \S/);
  expect(isService(failure, 'RDS_STATE', failure.code as 'RDS_STATE')).toBe(true);
});

it('leaves ours as they are', () => {
  const ours = new FailoverError('orders-b failed', { code: 'PROMOTE_FAILED' });
  expect(serviceFailure('anything', ours)).toBe(ours);
  expect(isService(ours, 'RDS_DENIED')).toBe(false);
  expect(isService(new Error('x'), 'RDS_DENIED')).toBe(false);
});
