/**
 * A backup's id: `20261121T020000Z-daily-1a2b3c4d`, UTC second, policy, 8 hex digits.
 * It sorts by time and is minted anew by each attempt.
 */
import { z } from 'zod';
import { UsageError } from './errors.ts';

export type BackupId = string & { readonly __brand: 'BackupId' };

const pattern = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-([a-z0-9-]{1,32})-([0-9a-f]{8})$/;

export interface BackupIdParts {
  readonly time: Date;
  readonly policy: string;
  readonly random: string;
}

/** `random` is 8 lower-case hex digits. */
export function mintBackupId(time: Date, policy: string, random: string): BackupId {
  const stamp = time
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
  return parseBackupId(`${stamp}-${policy}-${random}`);
}

export function isBackupId(text: string): text is BackupId {
  const match = pattern.exec(text);
  if (!match) return false;
  const [, year, month, day, hour, minute, second] = match;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !Number.isNaN(time.getTime()) && Number(day) === time.getUTCDate();
}

export function parseBackupId(text: string): BackupId {
  if (isBackupId(text)) return text;
  throw new UsageError(`"${text}" is not a backup id`, {
    code: 'BACKUP_ID_INVALID',
    hint: 'Backup ids look like 20261121T020000Z-daily-1a2b3c4d: see `holdfast list`.',
  });
}

export function backupIdParts(id: BackupId): BackupIdParts {
  const [, year, month, day, hour, minute, second, policy, random] = pattern.exec(id) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return { time, policy: String(policy), random: String(random) };
}

/** A set's time is its id's. */
export const backupTime = (id: BackupId): Date => backupIdParts(id).time;

export const backupIdSchema = z.string().refine(isBackupId, 'not a backup id');
