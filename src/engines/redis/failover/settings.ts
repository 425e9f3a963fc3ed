/** The settings of a server: asked of it while it answers, read from and added to its file while it does not. */
import type { Control } from '../../../core/ports/control.ts';
import { mustRunOn } from '../../server-processes.ts';
import { gateOf, gateSettings, type WriteGate } from './fence-mark.ts';
import type { NodeSession } from './node-session.ts';

export const readGate = async (session: NodeSession): Promise<WriteGate> =>
  gateOf(await session.facts('CONFIG', 'GET', 'min-replicas-*'));

export async function setGate(session: NodeSession, gate: WriteGate): Promise<void> {
  // The lag first: with 0 the gate stands open.
  for (const [name, value] of gateSettings(gate).toReversed()) {
    await session.text('CONFIG', 'SET', name, value);
  }
}

/** Rejects with the server's words: it runs without a file, or may not write it. */
export const keepSettings = (session: NodeSession): Promise<string> =>
  session.text('CONFIG', 'REWRITE');

export interface SettingsFile {
  readonly control: Control;
  readonly config: string;
}

/** `undefined` where the configuration does not name it. */
export function settingsFileOf(control: Control | undefined): SettingsFile | undefined {
  const config = control?.config;
  return control === undefined || config === undefined ? undefined : { control, config };
}

/** The last line that sets a name counts, as in the server itself. */
export async function readFile(
  { control, config }: SettingsFile,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const text = await mustRunOn(control, ['cat', '--', config], { signal });
  return Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, name = '', value = ''] = /^\s*([a-zA-Z-]+)\s+(.*?)\s*$/.exec(line) ?? [];
      return name === '' ? [] : [[today(name.toLowerCase()), value.replace(/^"(.*)"$/, '$1')]];
    }),
  );
}

const today = (name: string): string => name.replace('-slaves-', '-replicas-');

/** At the end of the file: they count from the next start on, until the server writes its file anew. */
export async function addToFile(
  { control, config }: SettingsFile,
  settings: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<void> {
  const lines = settings.map(([name, value]) => `${name} ${value}\n`).join('');
  await mustRunOn(control, ['tee', '-a', '--', config], { signal, input: `\n${lines}` });
}
