/**
 * Property tests draw the same cases each time, so that a change fails only for what it changed. To hunt for new
 * counterexamples, draw others: `FINEGRAIN_SEED=$RANDOM npm run test:unit`.
 */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FINEGRAIN_SEED ?? 1) });
