/** `holdfast config schema`: the JSON Schema of holdfast.yaml, for editors. */
import { z } from 'zod';
import { channels } from '../../channels/index.ts';
import { configJsonSchema } from '../../core/config/parse.ts';
import { engines } from '../../engines/index.ts';
import { defineCommand } from '../command.ts';

export const configSchema = defineCommand({
  description: 'Prints the JSON Schema of holdfast.yaml, generated from what the program accepts.',
  examples: [
    {
      line: 'holdfast config schema > holdfast.schema.json',
      does: 'For an editor that checks YAML',
    },
  ],
  input: z.object({}),
  result: z.record(z.string(), z.unknown()),
  run: async () => ({ result: configJsonSchema({ engines, channels }) }),
  render: (schema) => JSON.stringify(schema, undefined, 2),
});
