/**
 * Out of service and back, by SQL and before Aurora is told anything: a switchover fences, drains and promotes in one
 * call, and there is no way back from it. So that the fence can be proved, and undone, first, every role but the
 * administrator's may log in no more, and every session ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../core/errors.ts';
import type { ClusterNode, FenceReport, FenceRequest } from '../../core/ports/failover-engine.ts';
import { withNode } from '../postgres/failover/node-session.ts';
import type { Session } from '../postgres/session.ts';
import { type AuroraNode, auroraNode, type SeenMember, urlsOf, wordsOf } from './member.ts';
import { observeNode } from './observe.ts';
import { untilQuiet } from './progress.ts';
import { readFirst, readStatus, regionOf } from './status.ts';

const answerSeconds = 5;
const darkSeconds = 3;
/** Sessions end within a moment of being told to. */
const endSeconds = 20;
const backSeconds = 30;
const pollMilliseconds = 50;

/** The roles that may log in, but for the administrator's own, Aurora's (superusers), and those of its services. */
export const loginRoles = `
  select rolname from pg_roles
  where rolcanlogin and not rolsuper and rolname <> current_user
    and rolname !~ '^rds(_|admin$|proxyadmin$|repladmin$|topmgr$|writeforwarduser$)'`;

/**
 * In one transaction with the list of those it shut out, which lies in the database and so reaches the new primary
 * too: whoever takes over, or takes it back, knows whom to let in again.
 */
const shut = `
  create schema if not exists holdfast;
  create table if not exists holdfast.fenced (
    role name primary key, at timestamptz not null default clock_timestamp());
  do $$
  declare shut name;
  begin
    for shut in ${loginRoles} loop
      insert into holdfast.fenced (role) values (shut) on conflict do nothing;
      execute format('alter role %I nologin', shut);
    end loop;
  end $$`;

const open = `
  do $$
  declare shut name;
  begin
    if to_regclass('holdfast.fenced') is null then return; end if;
    for shut in select f.role from holdfast.fenced f join pg_roles r on r.rolname = f.role loop
      execute format('alter role %I login', shut);
    end loop;
    delete from holdfast.fenced;
  end $$`;

/** Everybody's but this one and Aurora's own. */
const others = `
  from pg_stat_activity s join pg_roles r on r.oid = s.usesysid
  where s.backend_type = 'client backend' and s.pid <> pg_backend_pid() and not r.rolsuper
    and s.application_name <> 'holdfast'`;

export async function fence(
  node: ClusterNode,
  { mode, signal }: FenceRequest,
): Promise<FenceReport> {
  const member = auroraNode(node);
  const [answers, seen] = await Promise.all([
    whyNot(readStatus(member.url, darkSeconds, signal), signal),
    untilQuiet(member, signal),
  ]);
  // Neither its API nor it: asked once more it would only keep the application waiting.
  const isDark = typeof seen === 'string' && answers !== undefined;
  if (mode === 'forced' && isDark) return nothingDone(answers);
  try {
    return (await alreadySecondary(member, seen, signal)) ?? (await shutOut(member, signal));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FailoverError) throw error;
    if (mode === 'planned') throw failed(node, wordsOf(error));
    return nothingDone(wordsOf(error));
  }
}

const whyNot = (asked: Promise<unknown>, signal: AbortSignal): Promise<string | undefined> =>
  asked.then(
    () => undefined,
    (error: unknown) => {
      signal.throwIfAborted();
      return wordsOf(error);
    },
  );

const nothingDone = (seen: string): FenceReport => ({
  actions: [
    `it does not answer: nothing was done there (${seen})`,
    'Aurora stops its writes when it is failed over, as far as it reaches it',
  ],
  ...{ stopPosition: null, lasts: false },
});

/** An earlier run got further than this one knows. */
async function alreadySecondary(
  node: AuroraNode,
  seen: SeenMember | string,
  signal: AbortSignal,
): Promise<FenceReport | undefined> {
  if (typeof seen === 'string' || seen.member?.isWriter !== false) return undefined;
  const status = await readFirst(urlsOf(node, seen), answerSeconds, signal);
  if (!status.replica) return undefined;
  const stopPosition = regionOf(status, node.aurora.region)?.lsn ?? null;
  return { actions: ['it is a secondary already'], stopPosition, lasts: true };
}

async function shutOut(node: AuroraNode, signal: AbortSignal): Promise<FenceReport> {
  const { url, name } = node;
  const ended = await withNode({ url, seconds: answerSeconds, signal }, async (session) => {
    await session.query(shut);
    return endSessions(session, signal);
  });
  if (!ended) throw failed(node, `sessions of clients did not end within ${endSeconds} s`);
  // Read behind the fence: nothing that a client was told can lie beyond it.
  const status = await readStatus(url, answerSeconds, signal);
  if (status.replica) throw failed({ name }, 'it is a secondary already');
  const actions = ['no role but the administrator’s may log in', 'sessions ended'];
  const stopPosition = regionOf(status, node.aurora.region)?.lsn ?? null;
  return { actions, stopPosition, lasts: true };
}

/** Nobody twice in a row: one that logged in while the roles were shut shows up a moment later. */
async function endSessions(session: Session, signal: AbortSignal): Promise<boolean> {
  const giveUpAt = performance.now() + endSeconds * 1000;
  let quiet = 0;
  while (performance.now() < giveUpAt) {
    const found = await session.query(`select pg_terminate_backend(s.pid) ${others}`);
    quiet = found.length === 0 ? quiet + 1 : 0;
    if (quiet === 2) return true;
    await sleep(pollMilliseconds, undefined, { signal });
  }
  return false;
}

export async function unfence(node: ClusterNode, signal: AbortSignal): Promise<readonly string[]> {
  await untilQuiet(auroraNode(node), signal);
  await untilPrimary(node, signal);
  await letIn(node, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw notBack(node, wordsOf(error));
  });
  return ['its roles may log in again'];
}

/** Of a primary, the old one or the new one: the list came with the data. */
export const letIn = async ({ url }: ClusterNode, signal: AbortSignal): Promise<void> => {
  await withNode({ url, seconds: answerSeconds, signal }, ({ query }) => query(open));
};

async function untilPrimary(node: ClusterNode, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + backSeconds * 1000;
  for (;;) {
    const seen = await observeNode(node, 4, signal);
    if (seen.reachable && seen.state.role === 'primary') return;
    if (performance.now() > giveUpAt)
      throw notBack(node, seen.reachable ? 'it is a secondary' : seen.seen);
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

const failed = ({ name }: Pick<ClusterNode, 'name'>, seen: string): FailoverError =>
  new FailoverError(`${name} cannot be fenced: ${seen}`, {
    code: 'FENCE_FAILED',
    hint: 'Its administrator has to be able to alter roles and to end sessions.',
  });

const notBack = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} did not come back: ${seen}`, {
    code: 'UNFENCE_FAILED',
    hint: 'The roles listed in holdfast.fenced may not log in: ALTER ROLE … LOGIN for each.',
  });
