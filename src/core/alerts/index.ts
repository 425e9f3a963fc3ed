export * from './change.ts';
export * from './delivery.ts';
export * from './digest.ts';
export * from './message.ts';
export * from './problems.ts';
export * from './state.ts';
export * from './transition.ts';
