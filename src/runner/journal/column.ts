/** Rows of SQLite to values and back. */
import type { SQLOutputValue } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

export const text = (row: Row, column: string): string => String(row[column]);

export const optionalText = (row: Row, column: string): string | undefined =>
  typeof row[column] === 'string' ? row[column] : undefined;

/** What this journal wrote as JSON itself. */
export const json = <T>(row: Row, column: string): T => JSON.parse(text(row, column)) as T;

export const optionalJson = <T>(row: Row, column: string): T | undefined =>
  typeof row[column] === 'string' ? (JSON.parse(row[column]) as T) : undefined;

export const toJson = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value);
