/** The temporal scaling law: fits, predictions and their baselines. Pure functions, the same in the page, host and terminal. */
export * from './position.ts';
export * from './schedule.ts';
export * from './types.ts';
