/**
 * Checks the import directions of dependency-cruiser.config.ts over all source.
 *
 * dependency-cruiser reads TypeScript with the compiler's JavaScript interface, which TypeScript 7 (native) no longer
 * has. Node's module hooks hand it the installed TypeScript 6 (`typescript-6`) instead; nothing else uses that one.
 */

import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { ICruiseResult } from 'dependency-cruiser';

registerHooks({
  resolve(specifier, context, next) {
    const asker = context.parentURL ?? '';
    if (!/^typescript(\/|$)/.test(specifier) || !asker.includes('/node_modules/'))
      return next(specifier, context);
    return next(specifier.replace(/^typescript/, 'typescript-6'), context);
  },
});

const { cruise } = await import('dependency-cruiser');
const { default: extractTypeScriptConfig } = await import('dependency-cruiser/config-utl/extract-ts-config');
const { default: configuration } = await import('../dependency-cruiser.config.ts');

const folders = ['src', 'test', 'bench', 'scripts', 'bin'].filter((folder) => existsSync(folder));
const { output } = (await cruise(
  folders,
  { ...configuration.options, ruleSet: { forbidden: configuration.forbidden }, validate: true },
  {},
  { tsConfig: extractTypeScriptConfig('tsconfig.json') },
)) as { output: ICruiseResult };

const { violations, totalCruised } = output.summary;
const typed = output.modules.filter((module) => /^src\/.*\.tsx?$/.test(module.source)).length;
for (const { rule, from, to, cycle } of violations) {
  const path = cycle ? cycle.map((step) => step.name ?? step).join(' -> ') : to;
  const reason = configuration.forbidden.find(({ name }) => name === rule.name)?.comment ?? '';
  console.log(`${rule.name}: ${from} -> ${path}. ${reason}`);
}
// Without a TypeScript reader the cruise would skip every .ts file and find nothing wrong.
if (typed === 0) console.log('No TypeScript file was read: is `typescript-6` installed?');
console.log(`${violations.length} broken import rules in ${totalCruised} modules (${typed} TypeScript).`);
process.exitCode = violations.length > 0 || typed === 0 ? 1 : 0;
