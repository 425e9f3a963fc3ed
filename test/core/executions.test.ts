import { describe, expect, it } from 'vitest';
import { executionLink, executionName, parseExecutionArn } from '../../src/core/executions.ts';

const arn = 'arn:aws:states:eu-west-3:111122223333:execution:holdfast-prod-backup:backup-1';

describe('parseExecutionArn', () => {
  it('finds Region, stage, state machine and name', () => {
    expect(parseExecutionArn(arn)).toEqual({
      region: 'eu-west-3',
      stage: 'prod',
      machine: 'backup',
      name: 'backup-1',
    });
  });

  it('keeps the hyphens of a stage', () => {
    const found = parseExecutionArn(arn.replace('-prod-', '-eu-prod-2-'));
    expect(found).toMatchObject({ stage: 'eu-prod-2', machine: 'backup' });
  });

  it('knows no stage on one machine', () => {
    const local = 'arn:aws:states:local:000000000000:execution:backup:backup-1';
    expect(parseExecutionArn(local)).toEqual({
      region: 'local',
      machine: 'backup',
      name: 'backup-1',
    });
  });

  it.each([
    'backup-20261121T020000Z-1a2b3c4d',
    'arn:aws:states:us-east-1:111122223333:stateMachine:holdfast-prod-backup',
    'arn:aws:lambda:us-east-1:111122223333:execution:a:b',
    'arn:aws:states:us-east-1:111122223333:execution:a',
  ])('refuses %s', (text) => {
    expect(parseExecutionArn(text)).toBeUndefined();
  });
});

describe('executionLink', () => {
  it('leads to the console of the Region', () => {
    expect(executionLink(arn)).toBe(
      `https://eu-west-3.console.aws.amazon.com/states/home?region=eu-west-3#/v2/executions/details/${arn}`,
    );
  });

  it.each([
    ['arn:aws-cn:states:cn-north-1:1:execution:holdfast-prod-backup:b', 'console.amazonaws.cn'],
    [
      'arn:aws-us-gov:states:us-gov-west-1:1:execution:holdfast-prod-backup:b',
      'console.amazonaws-us-gov.com',
    ],
  ])('knows the console of another partition: %s', (other, host) => {
    expect(executionLink(other)).toContain(`.${host}/states/home`);
  });

  it.each([
    'arn:aws:states:local:000000000000:execution:backup:backup-1',
    'arn:elsewhere:states:x:1:execution:backup:backup-1',
    'backup-1',
  ])('is absent for %s', (other) => {
    expect(executionLink(other)).toBeUndefined();
  });
});

it('names an execution by its time', () => {
  const at = new Date('2026-11-21T02:00:00.123Z');
  expect(executionName('backup', at, '1a2b3c4d')).toBe('backup-20261121T020000Z-1a2b3c4d');
});
