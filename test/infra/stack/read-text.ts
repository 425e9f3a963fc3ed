/** A configuration from its text, with all engines and channels. */
import { channels } from '../../../src/channels/index.ts';
import { readConfig } from '../../../src/core/config/parse.ts';
import type { Config } from '../../../src/core/config/schema.ts';
import { engines } from '../../../src/engines/index.ts';

export const readText = (text: string): Config =>
  readConfig(text, {
    file: 'holdfast.yaml',
    stage: undefined,
    engines,
    channels: Object.values(channels),
  }).config;
