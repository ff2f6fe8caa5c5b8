/** Writes one checkpoint after the other, keeping two; tells each step once it is written. */

import { checkpointContent } from '../../../src/main/host/checkpoint/testSupport.ts';
import { prune, writeCheckpoint } from '../../../src/main/host/checkpoints.ts';

const [runFolder, first] = [process.argv[2]!, Number(process.argv[3])];
for (let step = first; ; step++) {
  await writeCheckpoint(runFolder, checkpointContent(step, 50_000));
  console.log(`written ${step}`);
  await prune(runFolder, 2);
  // Now and then the same step again: a replacement is the most delicate write.
  if (step % 3 === 0) await writeCheckpoint(runFolder, checkpointContent(step, 50_000));
}
