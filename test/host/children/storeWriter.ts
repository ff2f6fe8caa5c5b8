/** Writes metric points of several runs as fast as it can; tells the newest step after each commit. */
import { openStore } from '../../../src/main/store/index.ts';
import { newRun, point } from '../../../src/main/store/testSupport.ts';

const store = openStore(process.argv[2]!);
const runs = [0, 1, 2].map((number) =>
  store.runs.create(newRun({ name: `run ${number}`, state: 'running' })),
);
console.log(`runs ${runs.join(' ')}`);
for (let step = 0; ; step += 25) {
  for (const run of runs) {
    const points = Array.from({ length: 25 }, (_, index) => point(step + index, step + index));
    store.metrics.append(run, points);
    store.runs.progress(run, { step: step + 24, loss: step + 24 });
  }
  store.probes.add(runs[0]!, { step, tokens: 1, layers: [] });
  store.flush();
  console.log(`committed ${step + 24}`);
  await new Promise((resolve) => setImmediate(resolve)); // lets the line out
}
