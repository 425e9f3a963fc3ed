/** Where a server's files lie, and which processes are its own. */
import type { Control } from '../../../core/ports/control.ts';
import type { ServerPlace } from '../../server-processes.ts';

/** Debian's redis-server is a link to redis-check-rdb: one program under many names. */
const programs = [
  '*/redis-server*',
  '*/redis-check-*',
  '*/valkey-server*',
  '*/valkey-check-*',
] as const;

/** `undefined` where the configuration names no way to them. */
export function placeOf(control: Control | undefined): ServerPlace | undefined {
  const data = control?.data;
  return control === undefined || data === undefined ? undefined : { control, data, programs };
}
