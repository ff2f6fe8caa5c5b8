/** The temporal scaling law: fits, predictions and their baselines. Pure functions, the same in the page, host and terminal. */
export * from './types.ts';
