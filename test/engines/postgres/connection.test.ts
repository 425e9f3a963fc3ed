import { expect, test } from 'vitest';
import {
  connectionString,
  displayUrl,
  parseConnection,
  tool,
} from '../../../src/engines/postgres/connection.ts';

test('reads a URL with escaped characters', () => {
  expect(parseConnection('postgres://us%40er:p%2Fw%3A@[::1]:6543/my%20db?sslmode=require')).toEqual(
    {
      host: '::1',
      port: 6543,
      user: 'us@er',
      password: 'p/w:',
      database: 'my db',
      tls: { sslmode: 'require' },
    },
  );
});

test('reads the directory of a socket and fills in what is usual', () => {
  expect(parseConnection('postgres://%2Frun%2Fpostgresql')).toEqual({
    host: '/run/postgresql',
    port: 5432,
    user: 'postgres',
    tls: {},
  });
});

test('never repeats what it cannot read', () => {
  expect(() => parseConnection('postgres://u:topsecret@:bad:/x')).toThrow(
    expect.objectContaining({
      code: 'CONNECTION_INVALID',
      message: expect.not.stringContaining('topsecret'),
    }),
  );
});

test('shows no password, neither to people nor in a command line', () => {
  const connection = parseConnection(`postgres://u:topsecret@h/it's%20a%20%5Cdb`);
  expect(displayUrl(connection)).toBe("postgres://u@h:5432/it's%20a%20%5Cdb");
  expect(connectionString(connection)).toContain("dbname='it\\'s a \\\\db'");
  const command = tool({
    installation: { bin: '/bin', version: '15.1', major: 15 },
    program: 'pg_dump',
    args: ['--format=custom'],
    connection,
  });
  expect(command.argv.join(' ')).not.toContain('topsecret');
  expect(command.env?.['PGPASSWORD']).toBe('topsecret');
});
