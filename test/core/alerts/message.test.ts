import { describe, expect, it } from 'vitest';
import {
  applyChange,
  backupFailed,
  cleared,
  forStage,
  raised,
  toAlertMessage,
} from '../../../src/core/alerts/index.ts';
import { firing } from '../../channels/messages.ts';

const report = { name: 'E', code: 'E', message: 'it broke', exitCode: 1, retryable: false };
const problem = backupFailed({ source: 'orders', impact: '', execution: 'x', report });
const context = {
  routes: [{ on: ['backup.failed' as const], to: ['ops'] }],
  scope: 'v1',
  now: new Date('2026-11-21T02:00:00Z'),
};

describe('forStage', () => {
  it('names the stage in every command', () => {
    const hint = 'Denied. `holdfast check` says what is missing; `holdfast --stage dev list` too.';
    const message = forStage({ ...firing, detail: hint }, 'prod');
    expect(message.command).toBe('holdfast --stage prod executions show run-1');
    expect(message.detail).toBe(
      'Denied. `holdfast --stage prod check` says what is missing; `holdfast --stage dev list` too.',
    );
  });

  it('changes nothing on one machine', () => {
    expect(forStage(firing, undefined)).toBe(firing);
  });
});

describe('a problem with a link', () => {
  const link = 'https://eu-west-3.console.aws.amazon.com/states/home#/x';
  const open = applyChange(undefined, raised({ ...problem, link }), context);

  it('gives it to its message, and to that of its end', () => {
    const end = cleared(problem, { detail: '', impact: '' });
    const closed = applyChange(open && { ...open, outbox: [] }, end, context);
    const [fired] = open?.outbox ?? [];
    const [resolved] = closed?.outbox ?? [];
    expect(fired && toAlertMessage(fired.message)).toMatchObject({ link, status: 'firing' });
    expect(resolved && toAlertMessage(resolved.message)).toMatchObject({ link });
  });

  it('is one without where nothing leads anywhere', () => {
    const [delivery] = applyChange(undefined, raised(problem), context)?.outbox ?? [];
    expect(delivery && toAlertMessage(delivery.message)).not.toHaveProperty('link');
  });
});
