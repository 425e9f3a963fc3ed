/** A link is followed: a page first, and an approval when its button is pressed. One use. */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import { type ApprovalLink, readLink } from '../../core/failover/approval-link.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore } from '../../core/ports/store.ts';
import { encodeDocument, hasCode } from '../vault/documents.ts';
import { findQuestion, type OpenQuestion } from './approve.ts';
import type { StepRecord } from './records.ts';
import { readCourse } from './run-state.ts';
import type { Place } from './status.ts';

export interface Followed {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** Whether a button is shown. */
  readonly asks: boolean;
}

export interface FollowOptions {
  readonly place: Place;
  /** Of the links. A secret. */
  readonly key: string;
  readonly method: string;
  /** The query string. */
  readonly query: string;
  /** Starts the machine `approve`. */
  readonly approve: (question: OpenQuestion) => Promise<void>;
}

export async function followLink(options: FollowOptions): Promise<Followed> {
  const { place, key, method, query, approve } = options;
  const verdict = readLink(query, key, place.now());
  if (!verdict.good) return verdict.because === 'expired' ? expired : forged;
  try {
    const question = await findQuestion(place, verdict.link);
    if (question.epoch !== verdict.link.epoch) return over('It was of an earlier run.');
    if (method !== 'POST') return await ask(place, verdict.link, question);
    if (!(await takeUse(place, verdict.link))) return over('It was used already.');
    await approve(question);
    return page(200, 'Approved', `Plan ${question.planHash} of ${question.cluster} goes on.`);
  } catch (error) {
    if (error instanceof HoldfastError && error.name === 'FailoverRefusedError') {
      return over(error.message);
    }
    throw error;
  }
}

async function ask(
  { store }: Place,
  { cluster, epoch, planHash }: ApprovalLink,
  { execution }: OpenQuestion,
): Promise<Followed> {
  const { from, to, mode } = await readCourse({ store, name: cluster }, { epoch });
  const text = `${mode}: ${cluster} goes from ${from} to ${to}. Plan ${planHash}, run ${execution}.`;
  return { ...page(200, `Approve the failover of ${cluster}?`, text), asks: true };
}

/** `false`: somebody was faster. */
async function takeUse({ store, now }: Place, link: ApprovalLink): Promise<boolean> {
  const at = now().toISOString();
  const record: StepRecord = {
    step: 'approval-link',
    startedAt: at,
    endedAt: at,
    milliseconds: 0,
    lines: [`plan ${link.planHash} was approved by its link`],
    // Two that press at once must differ: equal bytes would both succeed.
    data: { nonce: randomUUID() },
  };
  return create(store, layout.failoverStep(link.cluster, link.epoch, record.step), record);
}

async function create(store: ObjectStore, key: string, record: StepRecord): Promise<boolean> {
  try {
    await store.put(key, encodeDocument(record), { ifAbsent: true });
    return true;
  } catch (error) {
    if (hasCode(error, 'OBJECT_EXISTS')) return false;
    throw error;
  }
}

const page = (status: number, title: string, text: string): Followed => ({
  ...{ status, title, text },
  asks: false,
});
const forged = page(403, 'Not a link of this deployment', 'Nothing was approved.');
const over = (why: string) => page(410, 'This link does nothing any more', why);
const expired = over('Its time is over.');
