/** What the place of output can show: its width, and whether it has colours. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface Screen {
  /** In characters; Infinity where lines are not shown to a person. */
  readonly width: number;
  readonly colour: boolean;
  readonly now: Date;
  paint(style: Style, text: string): string;
}

export interface ScreenSource {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function createScreen(
  stream: ScreenSource,
  environment: Readonly<Record<string, string | undefined>>,
  now: Date,
): Screen {
  const terminal = stream.isTTY === true;
  // https://no-color.org: any value that is not empty.
  const colour = terminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  const columns = Number(environment['COLUMNS']) || stream.columns || 80;
  return {
    width: terminal ? Math.max(columns, 40) : Number.POSITIVE_INFINITY,
    colour,
    now,
    paint: (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text),
  };
}
