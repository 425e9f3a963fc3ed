import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { email } from '../../../src/channels/email/email.ts';
import { type Smtp, startSmtp } from '../../servers/smtp.ts';
import { deployed, firing, info, monstrous, resolved, soon } from '../messages.ts';

let server: Smtp;
beforeAll(async () => {
  server = await startSmtp();
});
afterAll(() => server.close());

const channelTo = (smtp: string, fields = {}) =>
  email.create(email.schema.parse({ email: 'ops@acme.example', smtp: 'env:SMTP_URL', ...fields }), {
    secret: async () => smtp,
    now: () => new Date(),
  });
const local = () => `smtp://127.0.0.1:${server.port}`;
const last = () => {
  const mail = server.mails.at(-1);
  if (!mail) throw new Error('no mail arrived');
  return mail;
};

describe('e-mail', () => {
  test('arrives as text and as HTML, with the command', async () => {
    await channelTo(local()).send(firing, soon());
    expect(last()).toMatchObject({ from: 'ops@acme.example', to: ['ops@acme.example'] });
    expect(last().source).toMatch(/^Subject: \[holdfast\] Backup of orders failed\r$/m);
    expect(last().source).toContain('Content-Type: text/plain');
    expect(last().source).toContain('Content-Type: text/html');
    expect(last().source.match(/holdfast executions show run-1/g)).toHaveLength(2);
  });

  test('leads to the execution of a deployment', async () => {
    await channelTo(local()).send(deployed, soon());
    // Quoted-printable breaks lines and writes "=" as =3D.
    const source = last().source.replace(/=\r\n/g, '').replaceAll('=3D', '=');
    expect(source).toContain(`\r\n${deployed.link}\r\n`);
    expect(source).toContain(`<a href="${deployed.link}">Execution</a>`);
  });

  test('a problem and its recovery are one conversation', async () => {
    await channelTo(local()).send(firing, soon());
    const reference = /^References: (.*)\r$/m.exec(last().source)?.[1];
    await channelTo(local()).send(resolved, soon());
    expect(reference).toBe('<vault1.backup.failed.orders@holdfast>');
    expect(last().source).toContain(`References: ${reference}`);
  });

  test('has several recipients and its own sender', async () => {
    const fields = {
      email: ['ops@acme.example', 'boss@acme.example'],
      from: 'holdfast@acme.example',
    };
    await channelTo(local(), fields).send(info, soon());
    expect(last()).toMatchObject({
      from: 'holdfast@acme.example',
      to: ['ops@acme.example', 'boss@acme.example'],
    });
  });

  test('a title cannot add headers, and a detail cannot add markup', async () => {
    await channelTo(local()).send({ ...monstrous, title: 'failed\r\nBcc: x@evil.example' }, soon());
    const { source, to } = last();
    expect(/^Bcc:/m.test(source)).toBe(false);
    expect(to).toEqual(['ops@acme.example']);
    expect(source.slice(source.indexOf('text/html')).includes('<script>')).toBe(false);
    expect(source.length).toBeLessThan(100_000);
  });
});

describe('an SMTP server with users', () => {
  test('takes mail of a known user, who is the sender', async () => {
    await using guarded = await startSmtp({ user: { name: 'bot@acme.example', password: 'p@ss' } });
    await channelTo(`smtp://bot%40acme.example:p%40ss@127.0.0.1:${guarded.port}`).send(
      firing,
      soon(),
    );
    expect(guarded.mails[0]?.from).toBe('bot@acme.example');
  });

  test('refuses a wrong password for good, and the password stays secret', async () => {
    await using guarded = await startSmtp({ user: { name: 'bot', password: 'right' } });
    const sending = channelTo(`smtp://bot:hunter2@127.0.0.1:${guarded.port}`).send(firing, soon());
    await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_REFUSED', retryable: false });
    await expect(sending).rejects.toThrow('email: the server did not take it: EAUTH (535)');
    await expect(sending).rejects.not.toThrow('hunter2');
  });
});

describe('failures', () => {
  test.each([
    [450, 'CHANNEL_UNREACHABLE', true],
    [550, 'CHANNEL_REFUSED', false],
  ])('status %d is %s', async (refuse, code, retryable) => {
    await using refusing = await startSmtp({ refuse });
    const sending = channelTo(`smtp://127.0.0.1:${refusing.port}`).send(firing, soon());
    await expect(sending).rejects.toMatchObject({ code, retryable });
  });

  test('a server that is not there is retryable', async () => {
    const sending = channelTo('smtp://127.0.0.1:1').send(firing, soon());
    await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_UNREACHABLE', retryable: true });
  });

  test('a secret that is no SMTP URL is said to be one, without showing it', async () => {
    const sending = channelTo('mail.acme.example:hunter2').send(firing, soon());
    await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_MISCONFIGURED' });
    await expect(sending).rejects.not.toThrow('hunter2');
  });

  test('nothing is sent once the caller has given up', async () => {
    const before = server.mails.length;
    await expect(channelTo(local()).send(firing, AbortSignal.abort())).rejects.toThrow('email');
    expect(server.mails).toHaveLength(before);
  });
});
