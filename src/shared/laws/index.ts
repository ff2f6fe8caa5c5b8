/** The temporal scaling law: fits, predictions and their baselines. Pure functions, the same in the page, host and terminal. */
export * from './baselines.ts';
export * from './combine.ts';
export * from './formFit.ts';
export * from './forms.ts';
export * from './multiPower.ts';
export * from './position.ts';
export * from './predict.ts';
export * from './schedule.ts';
export * from './temporal.ts';
export * from './types.ts';
