/** Plays one run of chaos on a lab, mends what was broken as an operator would, and checks the invariants. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pidsOf, shell } from '../breaking.ts';
import { beginTrial, checkWorld, endTrial, isWhole, type Trial } from '../invariants.ts';
import { type Answer, type Boundary, type FailoverLab, type NodeName, otherOf } from '../lab.ts';
import type { Scenario } from './draw.ts';

export interface Played {
  /** How the first run ended, as its process said. */
  readonly ended: string;
  readonly lost: number;
}

export async function play(lab: FailoverLab, scenario: Scenario): Promise<Played> {
  const trial = await beginTrial(lab, scenario.pause);
  const words = scenario.mode === 'forced' ? ['--mode', 'forced'] : [];
  if (scenario.mode === 'forced') await harm(lab, trial, scenario.loss);
  const first = await withFault({ lab, trial, scenario, words });
  lab.bind.thaw();
  // Two that began at once, or one that woke late: the last word is the newest run's.
  await settle(lab);
  await checkWorld(lab, trial);
  await operate(lab, trial);
  await checkWorld(lab, trial);
  const lost = await endTrial(lab, trial);
  return { ended: endOf(first), lost: lost.length };
}

const endOf = ({ outcome, code, exitCode }: Answer): string =>
  exitCode === null ? 'killed' : (outcome ?? code ?? `exit ${exitCode}`);

async function harm(lab: FailoverLab, trial: Trial, how: 'killed' | 'frozen'): Promise<void> {
  const primary = lab.pair[trial.primary];
  trial.harmed.add(trial.primary);
  await primary.signal(how === 'killed' ? 'SIGKILL' : 'SIGSTOP');
  if (how === 'frozen') {
    // The replica finds out when its stream ends; a real network takes a minute, wal_receiver_timeout here.
    await shell(`kill -KILL ${pidsOf(lab.pair[otherOf(trial.primary)], ': walreceiver')}; true`);
  }
  await sleep(300);
}

interface Play {
  readonly lab: FailoverLab;
  readonly trial: Trial;
  readonly scenario: Scenario;
  readonly words: readonly string[];
}

type Way = (play: Play) => Promise<Answer>;

const at =
  (make: (play: Play) => Boundary): Way =>
  (play) =>
    play.lab.start(play.words, { at: play.scenario.at, ...make(play) });

/** Every process of a server; what is gone already needs no signal. */
const signalAll = (data: string, signal: string): string =>
  `for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "${data}" ] && kill -${signal} \${p#/proc/} 2>/dev/null; done; true`;

const dataOf = (lab: FailoverLab, node: NodeName): string => lab.pair[node].data;

const ways: Readonly<Record<Scenario['fault'], Way>> = {
  none: ({ lab, words }) => lab.start(words),
  'executor killed at a boundary': at(() => ({ do: 'SIGKILL' })),
  'executor killed at any time': ({ lab, words, scenario }) =>
    lab.start(words, {
      during: (child) => {
        setTimeout(() => child.kill('SIGKILL'), scenario.afterMilliseconds).unref();
      },
    }),
  'executor frozen, a newer run, then awake': async ({ lab, words, scenario }) => {
    const started = Promise.withResolvers<number>();
    const old = lab.start(words, {
      at: scenario.at,
      do: 'SIGSTOP',
      during: ({ pid }) => started.resolve(Number(pid)),
    });
    const pid = await started.promise;
    await Promise.race([old, sleep(5000)]);
    await lab.expireClaim().catch(() => undefined);
    await lab.start(words);
    // Under load it may not have come to its boundary yet.
    const waking = setInterval(() => void shell(`kill -CONT ${pid} 2>/dev/null; true`), 200);
    return old.finally(() => clearInterval(waking));
  },
  'claim expires': at(({ lab }) => ({ do: `(${lab.expireCommand}) 2>/dev/null; true` })),
  abort: at(({ lab }) => ({
    do: `cd ${lab.folder} && ${lab.command} failover abort orders; true`,
  })),
  'two at once': async ({ lab, words }) => {
    const [first] = await Promise.all([lab.start(words), lab.start(words)]);
    return first;
  },
  'clock is off': ({ lab, words, scenario }) =>
    lab.start(words, { skew: scenario.afterMilliseconds % 2 === 0 ? 300 : -300 }),
  'primary killed': at(({ lab, trial }) => {
    trial.harmed.add(trial.primary);
    return { do: signalAll(dataOf(lab, trial.primary), 'KILL') };
  }),
  'primary frozen': at(({ lab, trial }) => {
    trial.harmed.add(trial.primary);
    return { do: signalAll(dataOf(lab, trial.primary), 'STOP') };
  }),
  'replica frozen for two seconds': at(({ lab, trial }) => {
    const data = dataOf(lab, otherOf(trial.primary));
    return {
      do: `${signalAll(data, 'STOP')}; (sleep 2; ${signalAll(data, 'CONT')}) >/dev/null 2>&1 &`,
    };
  }),
  'replica killed': at(({ lab, trial }) => {
    trial.harmed.add(otherOf(trial.primary));
    return { do: signalAll(dataOf(lab, otherOf(trial.primary)), 'KILL') };
  }),
  'log stream frozen': async (play) => {
    const replica = play.lab.pair[otherOf(play.trial.primary)];
    const receiver = play.scenario.mode === 'forced' ? '' : pidsOf(replica, ': walreceiver');
    if (receiver !== '') await shell(`kill -STOP ${receiver}`);
    setTimeout(() => void shell(`kill -CONT ${receiver} 2>/dev/null; true`), 4000).unref();
    return play.lab.start(play.words);
  },
  'zone frozen for a second': at(({ lab: { bind } }) => ({
    do: `kill -STOP ${bind.pid}; (sleep 1; kill -CONT ${bind.pid}) >/dev/null 2>&1 &`,
  })),
};

const withFault = (play: Play): Promise<Answer> => ways[play.scenario.fault](play);

/** Frozen servers that nobody fenced wake up, and what they had taken in is answered. */
async function settle(lab: FailoverLab): Promise<void> {
  for (const node of ['a', 'b'] as const) await shell(signalAll(lab.pair[node].data, 'CONT'));
  await sleep(300);
}

/** Starts again; starts servers that lie still; forces what cannot be planned. */
async function operate(lab: FailoverLab, trial: Trial): Promise<void> {
  for (let turn = 0; turn < 3 && !(await isWhole(lab)); turn++) {
    await lab.start();
    await raise(lab, trial);
    if ((await lab.primary()) === undefined) await lab.start(['--mode', 'forced']);
  }
}

async function raise(lab: FailoverLab, trial: Trial): Promise<void> {
  for (const node of ['a', 'b'] as const) {
    if ((await lab.role(node)) !== 'silent') continue;
    await lab.pair[node].ctl('start').catch(() => undefined);
    trial.harmed.delete(node);
  }
}
