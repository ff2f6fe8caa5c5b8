/** What the contract's procedures answer: rows, records and files. */
import type { Architecture } from '../../architecture/document.ts';
import type { FigureDocument } from '../../figures/document.ts';
import type { RunConfiguration } from '../../run/configuration.ts';
import type { RunState } from '../../run/state.ts';
import type { SweepPlan, SweepValues } from '../../run/sweep.ts';

export interface DeviceRow {
  readonly name: string;
  readonly kind: 'cpu' | 'gpu';
  readonly available: boolean;
  readonly reason: string;
}

export interface Doctor {
  readonly version: string;
  readonly node: string;
  readonly devices: DeviceRow[];
  readonly chosen: { readonly name: string; readonly reason: string };
  readonly electron: { readonly available: boolean; readonly reason: string };
}

export interface DataSetRow {
  readonly name: string;
  readonly domain: string | null;
  readonly documents: number;
  readonly bytes: number;
  readonly hash: string;
  /** Bytes that were not valid UTF-8 and were replaced. */
  readonly invalidBytes: number;
  readonly createdAt: string;
}

/** A data set that the app can make from packages it ships with. */
export interface SampleDataSet {
  readonly name: string; // e.g. 'state-of-the-union'
  readonly title: string;
  readonly description: string;
  readonly domain: string;
  readonly licence: string;
  readonly added: boolean;
}

export interface TokenCounts {
  /** The tokenizer they were counted under. */
  readonly tokenizer: string;
  /** Tokens of the training text of all data sets. */
  readonly tokens: number;
  /** By token id, [V]; fractions where a mixture weighs its data sets. Ids that the tokenizer lacks count 0. */
  readonly counts: number[];
  /** What each id stands for; null where the tokenizer lacks it. */
  readonly texts: (string | null)[];
}

export interface TokenizerRow {
  readonly name: string;
  readonly vocabulary: number;
  readonly data: string | null;
  readonly hash: string;
  readonly createdAt: string;
}

export interface RunSummary {
  /** Short id, e.g. `r7k2m9`; unique in the workspace. */
  readonly run: string;
  readonly name: string;
  readonly state: RunState;
  readonly reason: string | null; // why it ended or failed, in a sentence
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly archived: boolean;
  readonly step: number;
  readonly steps: number;
  readonly device: string | null;
  readonly deviceReason: string | null;
  readonly parameters: number;
  readonly activeParameters: number;
  readonly ffnKinds: string[];
  /** Kinds of sharing, attention and position other than a plain transformer's, then the FFN kinds. */
  readonly methods: string[];
  readonly loss: number | null; // newest training loss
  readonly validationLoss: number | null;
  readonly unigramEntropy: number | null; // of the training tokens, nats: the floor of a context-free model
  readonly tokensPerSecond: number | null;
  readonly secondsLeft: number | null;
  readonly resumable: boolean;
  readonly tags: string[];
  readonly notes: string;
  /** The sweep that it belongs to, and the values that it tries there. */
  readonly sweep: { readonly sweep: string; readonly name: string; readonly values: SweepValues } | null;
  /** The run and step that it was forked from. */
  readonly parent: { readonly run: string; readonly step: number } | null;
}

export interface SweepRow {
  /** Short id, e.g. `s4x9d2`. */
  readonly sweep: string;
  readonly name: string;
  readonly plan: SweepPlan;
  readonly createdAt: string;
  /** Ids of its runs in the order of the plan. */
  readonly runs: string[];
}

export interface CheckpointRow {
  readonly step: number;
  readonly path: string;
  readonly createdAt: string;
  readonly bytes: number;
  readonly loss: number | null;
}

export interface RunDetail extends RunSummary {
  readonly architecture: Architecture;
  readonly configuration: RunConfiguration;
  readonly checkpoints: CheckpointRow[];
  readonly metrics: string[]; // names that have points
  readonly log: LogLine[];
}

export interface LogLine {
  readonly time: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly message: string;
}

export interface TokenLoss {
  readonly token: string;
  readonly id: number;
  readonly logProbability: number;
}

/** A saved version of an architecture document. */
export interface DocumentVersion {
  /** Short id, e.g. `d7k2m9`. */
  readonly version: string;
  readonly name: string; // of the document
  /** 1, 2, ... within the name. */
  readonly number: number;
  readonly ffnKinds: readonly string[];
  /** null: the document had problems when it was saved. */
  readonly parameters: number | null;
  readonly createdAt: string;
}

export interface SavedDocument extends DocumentVersion {
  readonly document: Architecture;
}

/** `content` is text (svg, tex, csv) or base64 (pdf, png). */
export interface FigureFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly encoding: 'utf8' | 'base64';
  readonly content: string;
}

export interface FigureRow {
  /** Short id, e.g. `f7k2m9`. */
  readonly figure: string;
  readonly name: string;
  readonly kinds: string[]; // of its panels
  readonly runs: string[]; // behind it
  readonly createdAt: string;
  readonly changedAt: string;
}

export interface SavedFigure {
  readonly figure: string;
  readonly document: FigureDocument;
  readonly createdAt: string;
  readonly changedAt: string;
}
