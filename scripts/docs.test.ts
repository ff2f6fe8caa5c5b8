/** Excerpts in the documentation are the text of the files they name. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, root)), 'utf8');

/** Code blocks whose fence names a file: ```ts src/shared/random.ts */
const excerpts = readdirSync(fileURLToPath(new URL('docs', root)))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...read(`docs/${name}`).matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, path, text]) => ({
      document: name,
      path: path!,
      text: text!,
      line: text!.trim().split('\n')[0]!,
    })),
  );

test('there are excerpts', () => {
  expect(excerpts.length).toBeGreaterThan(5);
});

test.each(excerpts)('$document: $path has "$line"', ({ path, text }) => {
  expect(read(path)).toContain(text);
});

test('links between documents and into the source lead somewhere', () => {
  for (const [, target] of read('docs/adding-a-method.md').matchAll(/\]\(([^)#]+)\)/g)) {
    expect(() => read(`docs/${target}`), target).not.toThrow();
  }
});
