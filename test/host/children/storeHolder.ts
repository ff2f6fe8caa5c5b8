/** Opens a workspace, tells how that went, and holds it until it is killed. */

import { openStore } from '../../../src/main/store/index.ts';
import { FinegrainError } from '../../../src/shared/errors.ts';

try {
  const store = openStore(process.argv[2]!, { waitMilliseconds: 0 });
  console.log(`open ${store.runs.list().length}`);
  setInterval(() => {}, 1000);
} catch (error) {
  if (!(error instanceof FinegrainError)) throw error;
  console.log(JSON.stringify(error.toShape()));
}
