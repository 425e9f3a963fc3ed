/** Which values of the file a stage means: its own laid over the rest, or those of its recovery Region. */
import { allowedWords } from '../nearest.ts';
import { type Finding, finding } from './finding.ts';
import { isMapping, overlay } from './overlay.ts';

type File = Readonly<Record<string, unknown>>;

export function applyStage(
  file: File,
  stage: string | undefined,
): { readonly value: unknown } | Finding {
  const { stages, ...base } = file;
  if (stages !== undefined && stages !== null && !isMapping(stages)) {
    return finding(['stages'], 'expected a mapping: `prod: {…}`');
  }
  if (stage === undefined) return { value: base };
  // Deployed without stages of its own, it is the same in each of them.
  if (stages === undefined && 'deploy' in base) return { value: base };
  const known = Object.keys(stages ?? {});
  if (!known.includes(stage)) {
    return finding(['stages'], `no stage "${stage}"${allowedWords(stage, known)}`, 'key');
  }
  return { value: overlay(base, stages?.[stage] ?? {}) };
}

const suffix = '-recovery';

/** The stage, and the stack, that stands by for `stage` in the Region of `deploy.recovery`. */
export const recoveryStage = (stage: string): string => `${stage}${suffix}`;

/** `prod` for `prod-recovery`, where `prod` has a `deploy.recovery`; else it is a stage like any other. */
export function recoveredStage(file: File, stage: string | undefined): string | undefined {
  if (!stage?.endsWith(suffix)) return undefined;
  const recovered = stage.slice(0, -suffix.length);
  const staged = applyStage(file, recovered);
  if ('message' in staged || !isMapping(staged.value)) return undefined;
  const { deploy } = staged.value;
  return isMapping(deploy) && isMapping(deploy['recovery']) ? recovered : undefined;
}

/** What the file says of a stage alone. */
export function saidOfStage({ stages }: File, stage: string): unknown {
  return isMapping(stages) ? (stages[stage] ?? {}) : {};
}
