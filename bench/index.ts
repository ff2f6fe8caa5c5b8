/**
 * `npm run bench` and `finegrain bench`: measures, prints a table (or JSON), and keeps the details in bench/results.
 *
 *   bench/index.ts [NAME...] [--json] [--markdown FILE] [--without PEER]... [--rounds N]
 *
 * NAME is a result's name or a beginning of it (`train-step`, `train-step/dense`). Exit 0 done, 1 failed, 2 wrong usage.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeEnvironment } from './environment.ts';
import { laws } from './laws.ts';
import { toJson, toMarkdown, toTable } from './report.ts';
import type { BenchContext, Benchmark, BenchResult } from './result.ts';
import { steadyMemory } from './steadyMemory.ts';
import { store } from './store.ts';
import { tokenizer } from './tokenizer.ts';
import { trainStep } from './trainStep.ts';
import { windowBench } from './window/index.ts';

const entry = fileURLToPath(import.meta.url);
const childMarker = 'FINEGRAIN_BENCH_CHILD';

const benchmarks: readonly Benchmark[] = [trainStep, steadyMemory, tokenizer, store, laws, windowBench];
const names = benchmarks.flatMap((benchmark) => benchmark.names);

interface Options {
  readonly wanted: readonly string[];
  readonly json: boolean;
  readonly markdown: string | undefined;
  readonly without: ReadonlySet<string>;
  readonly rounds: number;
}

/** A sentence for a wrong command line. */
class UsageError extends Error {}

function readOptions(args: readonly string[]): Options {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const unknown = positionals.find((name) => !names.some((known) => known.startsWith(name)));
  if (unknown !== undefined) {
    throw new UsageError(`There is no benchmark "${unknown}". Known: ${names.join(', ')}.`);
  }
  const rounds = Number(values.rounds ?? 5);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UsageError(`--rounds ${values.rounds} is not a positive integer.`);
  }
  return {
    wanted: positionals,
    json: values.json ?? false,
    markdown: values.markdown,
    without: new Set(values.without ?? []),
    rounds,
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      markdown: { type: 'string' },
      without: { type: 'string', multiple: true },
      rounds: { type: 'string' },
    },
  });
}

async function measureAll(options: Options): Promise<BenchResult[]> {
  const wants = (name: string): boolean =>
    options.wanted.length === 0 || options.wanted.some((prefix) => name.startsWith(prefix));
  const context: BenchContext = {
    log: (line) => process.stderr.write(`${line}\n`),
    without: options.without,
    wants,
    rounds: options.rounds,
  };
  const results: BenchResult[] = [];
  for (const benchmark of benchmarks) {
    if (benchmark.names.some(wants)) results.push(...(await benchmark.run(context)));
  }
  return results.filter((result) => wants(result.name));
}

function keep(results: readonly BenchResult[]): void {
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const stamp = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  const record = { environment: describeEnvironment(), results };
  writeFileSync(`${folder}${stamp}.json`, `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Measures in a child process whose standard output is this one's standard error: native libraries of peers print
 * there, and a script that reads our JSON must not meet their words. null where the child failed (it said why).
 */
async function measureApart(args: readonly string[]): Promise<BenchResult[] | null> {
  const child = fork(entry, [...args], {
    env: { ...process.env, [childMarker]: '1' },
    stdio: ['ignore', process.stderr, 'inherit', 'ipc'],
  });
  let results: BenchResult[] | null = null;
  child.on('message', (message) => {
    results = message as BenchResult[];
  });
  await once(child, 'close');
  return results;
}

async function measureAsChild(options: Options): Promise<number> {
  try {
    const results = await measureAll(options);
    await new Promise((resolve) => process.send!(results, resolve));
    process.disconnect();
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.disconnect();
    return 1;
  }
}

/** Runs the benchmarks that the arguments name; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { message } = error;
    const shape = { error: { code: 'input.invalid', message } };
    process.stderr.write(`${args.includes('--json') ? JSON.stringify(shape) : message}\n`);
    return 2;
  }
  if (process.env[childMarker] === '1') return measureAsChild(options);
  const results = await measureApart(args);
  if (results === null) return 1;
  keep(results);
  process.stdout.write(`${options.json ? toJson(results) : toTable(results)}\n`);
  if (options.markdown !== undefined) {
    writeFileSync(options.markdown, toMarkdown(results, describeEnvironment()));
  }
  return 0;
}

if (process.argv[1] === entry) process.exitCode = await main(process.argv.slice(2));
