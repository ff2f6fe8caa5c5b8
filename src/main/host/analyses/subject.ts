/** What every analysis begins with: the run's checkpoint, and the text to read with it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FinegrainError } from '../../../shared/errors.ts';
import { reconstructedOptions } from '../../../shared/methods/languageModel.ts';
import type { AnalysisRun, AnalysisSubject } from '../../../shared/run/analysis.ts';
import type { Store } from '../../store/index.ts';
import { readTokenizerJson } from '../../text/bpe/tokenizerJson.ts';
import { prepareTokenFiles } from '../../text/prepare.ts';
import type { Passage } from '../../training/passage.ts';
import { tokenizerFile } from '../checkpoint/format.ts';
import type { DataService } from '../data.ts';
import type { InferenceService } from '../inference.ts';

export interface AnalysisParts {
  readonly store: Store;
  readonly data: DataService;
  readonly inference: InferenceService;
  /** The verified folder of a step's checkpoint, or of the newest. */
  readonly checkpointOf: (run: string, step: number | undefined) => Promise<string>;
}

/** The part of an analysis' input that says what is read. */
export interface ReadingInput {
  readonly run: string;
  readonly step?: number | undefined;
  readonly text?: string | undefined;
  readonly data?: string | undefined;
  readonly windows: number;
  readonly context?: number | undefined;
}

/** The same for the training process. */
export interface Reading {
  readonly checkpoint: string;
  readonly passage: Passage;
  readonly windows: number;
  readonly context: number | null;
  /** The passage in words. */
  readonly source: string;
}

export async function openReading(parts: AnalysisParts, input: ReadingInput): Promise<Reading> {
  const checkpoint = await parts.checkpointOf(input.run, input.step);
  const { passage, source } = await passageOf(parts, input, checkpoint);
  return { checkpoint, passage, source, windows: input.windows, context: input.context ?? null };
}

/** What the training process is asked with. */
export function asked({ checkpoint, passage, windows, context }: Reading): Omit<Reading, 'source'> {
  return { checkpoint, passage, windows, context };
}

export function runOf({ store }: AnalysisParts, run: string, step: number): AnalysisRun {
  const { name, architecture } = store.detail(run);
  return { run, name, reconstruction: reconstructedOptions(architecture).length > 0, step };
}

export function subjectOf(
  parts: AnalysisParts,
  run: string,
  { step, source, tokens }: { readonly step: number; readonly source: string; readonly tokens: number },
): AnalysisSubject {
  return { ...runOf(parts, run, step), source, tokens };
}

async function passageOf(
  parts: AnalysisParts,
  { run, text, data, context }: ReadingInput,
  checkpoint: string,
): Promise<{ passage: Passage; source: string }> {
  if (text !== undefined && data !== undefined) {
    throw new FinegrainError(
      'input.invalid',
      'Both a text and a data set were given.',
      'Give one of them, or none for the validation text of the run.',
    );
  }
  if (text !== undefined) return { passage: { kind: 'text', text }, source: 'the given text' };
  const { architecture, configuration } = parts.store.detail(run);
  // Of a mixture the largest part stands for it; the others can be named.
  const largest = configuration.data.reduce((most, source) => (source.weight > most.weight ? source : most));
  const name = data ?? largest.name;
  parts.data.show(name);
  const prepared = await prepareTokenFiles(join(parts.store.folder, 'tokens'), {
    data: [{ name, weight: 1, folder: parts.data.folder(name) }],
    tokenizer: readTokenizerJson(await readFile(join(checkpoint, tokenizerFile), 'utf8')),
    context: context ?? architecture.context,
  });
  const { path } = prepared.sources[0]!.validation;
  return { passage: { kind: 'tokens', path }, source: `validation text of ${name}` };
}
