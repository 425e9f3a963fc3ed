/** docs/json.md: the envelope and, for each command, the type of its result. */
import { z } from 'zod';
import type { ReferencedCommand } from './cli-page.ts';
import { typeText } from './type-text.ts';

export const jsonPage = (commands: readonly ReferencedCommand[]): string =>
  `${[intro, ...commands.map(section)].join('\n\n')}\n`;

const intro = `# JSON answers

With \`--json\` every command prints exactly one document on stdout, whatever happens:

\`\`\`json
{
  "command": "backup",
  "ok": true,
  "exitCode": 0,
  "result": {},
  "warnings": [],
  "error": null
}
\`\`\`

- \`command\`: the command as it was understood; null where none was.
- \`ok\`: whether \`exitCode\` is 0. \`exitCode\`: that of the process ([errors.md](errors.md)).
- \`result\`: the command's own, as below; null where it did not get that far.
- \`warnings\`: lines for people, such as those of the configuration.
- \`error\`: null, or \`{name, code, message, hint, exitCode, retryable}\`. A configuration that is not usable
  adds \`problems\`: a list of \`{path, line, column, message, text}\`. Where some of several sources failed,
  each has its own \`error\` in the result, and the gravest stands here.

Types are written as in TypeScript; \`name?\` may be absent. Times are ISO 8601 in UTC, sizes are bytes, durations are seconds. Fields may be added; those that are here
keep their meaning. This page is written from the program: \`node scripts/reference.ts\`.`;

const section = ({ entry: { name }, definition }: ReferencedCommand): string =>
  [`## ${name}`, `\`\`\`ts\n${typeText(z.toJSONSchema(definition.result, options))}\n\`\`\``].join(
    '\n\n',
  );

const options = { unrepresentable: 'any' } as const;
