export { planRetention } from './plan-retention.ts';
export type {
  RetainedPolicy,
  RetainedSet,
  RetentionDecision,
  RetentionInput,
  RetentionPlan,
} from './set.ts';
