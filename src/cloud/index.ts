/** A deployment as the command line sees it. */
export { type Deployment, findDeployment, outputOf, stackName } from './deployment.ts';
export {
  type CloudExecution,
  type CloudExecutions,
  openExecutions,
} from './executions.ts';
export { type FollowOptions, follow } from './follow.ts';
export { type TaskLine, tellTaskLines } from './task-lines.ts';
