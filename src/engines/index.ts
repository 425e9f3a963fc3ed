/** The registry of engines: one line per engine. Known only to composition roots. */
import type { Engine } from '../core/ports/engine.ts';
import { filesEngine } from './files/engine.ts';
import { postgres } from './postgres/engine.ts';

export const engines: readonly Engine[] = [postgres, filesEngine];
