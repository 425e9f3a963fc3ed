/** Everything under docs/ that is written from the program. */
import { channels } from '../../channels/index.ts';
import { configJsonSchema } from '../../core/config/parse.ts';
import { engines } from '../../engines/index.ts';
import { catalogue } from '../catalogue.ts';
import { globalOptions } from '../program.ts';
import { cliPage } from './cli-page.ts';
import { jsonPage } from './json-page.ts';

/** Path from the root of the project → its text. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const commands = await Promise.all(
    catalogue.map(async (entry) => ({ entry, definition: await entry.load() })),
  );
  const schema = configJsonSchema({ engines, channels });
  return {
    'docs/cli.md': cliPage(commands, globalOptions),
    'docs/json.md': jsonPage(commands),
    'docs/holdfast.schema.json': `${JSON.stringify(schema, undefined, 2)}\n`,
  };
}
