import { describe, expect, it } from 'vitest';
import { backupFigures, healthFigures, type Standing } from '../../src/core/figures.ts';

const standing = (source: string, ageSeconds?: number, rpoSeconds?: number): Standing => ({
  source,
  rpo: { ageSeconds, rpoSeconds, stale: false, text: '' },
  storedBytes: 100,
});
const shown = (figures: ReturnType<typeof healthFigures>) =>
  figures.map(({ name, value, source }) => [name, value, ...(source ? [source] : [])]);

describe('the figures of a health check', () => {
  it('are those of the stage and of each source', () => {
    const standings = [standing('orders', 1800, 3600), standing('wiki', 86_400), standing('new')];
    expect(shown(healthFigures(standings, ['wiki']))).toEqual([
      ['HealthChecks', 1],
      ['Sources', 3],
      ['StaleSources', 1],
      ['StoredBytes', 300],
      ['OldestOfRpo', 50],
      ['BackupAge', 1800, 'orders'],
      ['StoredBytes', 100, 'orders'],
      ['BackupAge', 86_400, 'wiki'],
      ['StoredBytes', 100, 'wiki'],
      ['StoredBytes', 100, 'new'],
    ]);
  });

  it('leave out what is stored where not every set was looked at', () => {
    const { source, rpo } = standing('orders', 1800);
    const figures = healthFigures([{ source, rpo }, standing('new')], []);
    expect(shown(figures)).toEqual([
      ['HealthChecks', 1],
      ['Sources', 2],
      ['StaleSources', 0],
      ['BackupAge', 1800, 'orders'],
      ['StoredBytes', 100, 'new'],
    ]);
  });

  it('are there before there is a source, so that their absence means something', () => {
    expect(shown(healthFigures([], []))).toEqual([
      ['HealthChecks', 1],
      ['Sources', 0],
      ['StaleSources', 0],
      ['StoredBytes', 0],
    ]);
  });

  it('name no source where so many would cost more than they tell', () => {
    const standings = Array.from({ length: 51 }, (_, index) => standing(`s${index}`, 1, 2));
    expect(healthFigures(standings, []).every(({ source }) => source === undefined)).toBe(true);
    expect(healthFigures(standings.slice(1), []).some(({ source }) => source === 's50')).toBe(true);
  });
});

describe('the figures of a backup', () => {
  const backup = { source: 'orders', storedBytes: 5, durationSeconds: 2 };

  it('are its size and duration', () => {
    expect(shown(backupFigures(backup, 50))).toEqual([
      ['VerifiedBackups', 1],
      ['BackupBytes', 5, 'orders'],
      ['BackupDuration', 2, 'orders'],
    ]);
  });

  it('are only that it was, among many', () => {
    expect(shown(backupFigures(backup, 51))).toEqual([['VerifiedBackups', 1]]);
  });
});
