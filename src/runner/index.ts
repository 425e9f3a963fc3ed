/** What the runner offers to those who start it. */
export { type Clock, systemClock } from './clock.ts';
export { loadDefinition, type Substitutions } from './definition/load.ts';
export { machineArn } from './execution.ts';
export type { Finding, HealthCheck } from './health.ts';
export { type Journal, openJournal } from './journal/journal.ts';
export type { ExecutionRecord, ExecutionStatus, HistoryEvent } from './journal/records.ts';
export type { FunctionContext, FunctionHandler } from './resources/lambda-invoke.ts';
export { createRunner, type Runner, type RunnerOptions } from './runner.ts';
export type { ScheduledRun, SchedulerEvent } from './scheduler.ts';
export { type ServeOptions, type Serving, serve } from './serve.ts';
export type { StartOptions } from './starter.ts';
export {
  createTaskLauncher,
  type LauncherOptions,
  type TaskLauncher,
  type TaskOutcome,
  type TaskRequest,
} from './task-launcher.ts';
