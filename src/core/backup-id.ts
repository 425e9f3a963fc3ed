/**
 * A backup's id: `20261121T020000Z-daily-1a2b3c4d`, UTC second, policy, 8 hex digits.
 * It sorts by time and is minted anew by each attempt.
 */
import { z } from 'zod';
import { UsageError } from './errors.ts';

export type BackupId = string & { readonly __brand: 'BackupId' };

const pattern = /^\d{8}T\d{6}Z-[a-z0-9-]{1,32}-[0-9a-f]{8}$/;

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
  if (!pattern.test(text)) return false;
  const time = timeOf(text);
  // Date takes 30 February for 2 March.
  return !Number.isNaN(time.getTime()) && Number(text.slice(6, 8)) === time.getUTCDate();
}

function timeOf(text: string): Date {
  const [date, time] = [text.slice(0, 8), text.slice(9, 15)];
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  return new Date(`${day}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`);
}

export function parseBackupId(text: string): BackupId {
  if (isBackupId(text)) return text;
  throw new UsageError(`"${text}" is not a backup id`, {
    code: 'BACKUP_ID_INVALID',
    hint: 'Backup ids look like 20261121T020000Z-daily-1a2b3c4d: see `holdfast list`.',
  });
}

export function backupIdParts(id: BackupId): BackupIdParts {
  return { time: timeOf(id), policy: id.slice(17, -9), random: id.slice(-8) };
}

/** A set's time is its id's. */
export const backupTime = (id: BackupId): Date => backupIdParts(id).time;

export const backupIdSchema = z.string().refine(isBackupId, 'not a backup id');
