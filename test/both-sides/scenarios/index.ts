import type { Scenario } from '../scenario.ts';
import { branchScenarios } from './branches.ts';
import { dataScenarios } from './data.ts';
import { executionScenarios } from './executions.ts';
import { functionScenarios } from './functions.ts';
import { nestingScenarios } from './nesting.ts';
import { shippedScenarios } from './shipped.ts';
import { taskScenarios } from './tasks.ts';
import { tokenScenarios } from './tokens.ts';

export const scenarios: readonly Scenario[] = [
  ...functionScenarios,
  ...taskScenarios,
  ...tokenScenarios,
  ...dataScenarios,
  ...branchScenarios,
  ...executionScenarios,
  ...nestingScenarios,
  ...shippedScenarios,
];
