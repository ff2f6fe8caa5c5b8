/** Whether a window of this length fits into memory. Evaluation may go beyond the training context; memory bounds it. */
import { freemem } from 'node:os';
import { type Architecture, expandLayers } from '../../shared/architecture/document.ts';
import { FinegrainError } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';

/** A share stays for the rest of the process and of the machine. */
const usableShare = 0.8;

/**
 * Bytes that the forward pass of one sequence holds at most, roughly: logits and their log-softmax, one layer's scores
 * and map, a few streams. An upper bound for causal attention, which works through the scores in blocks.
 */
export function windowBytes(architecture: Architecture, context: number): number {
  const heads = Math.max(...expandLayers(architecture).map(({ attention }) => attention.heads));
  const logits = 2 * context * architecture.vocabulary;
  const maps = 2 * heads * context * context;
  const streams = 16 * context * architecture.width;
  return 4 * (logits + maps + streams);
}

/** Throws `input.invalid` where a context beyond the document's needs more memory than is free. */
export function checkContext(architecture: Architecture, context: number, free = freemem()): void {
  if (context <= architecture.context) return;
  const needed = windowBytes(architecture, context);
  if (needed <= usableShare * free) return;
  let fits = architecture.context;
  while (windowBytes(architecture, fits * 2) <= usableShare * free) fits *= 2;
  throw new FinegrainError(
    'input.invalid',
    `context: a window of ${context} tokens needs about ${formatBytes(needed)}; ${formatBytes(free)} are free.`,
    `Choose a context of at most ${fits}, or free some memory.`,
  );
}

/** Throws `input.invalid` where the attention maps of all layers, held side by side, do not fit: L * H * T^2 numbers. */
export function checkMaps(architecture: Architecture, context: number, free = freemem()): void {
  const heads = expandLayers(architecture).reduce((sum, { attention }) => sum + attention.heads, 0);
  const bytes = (length: number) => 4 * heads * length * length;
  // Once in the runtime's memory and once as its copy.
  if (2 * bytes(context) <= usableShare * free) return;
  const fits = Math.max(2, Math.floor(Math.sqrt((usableShare * free) / (8 * heads))));
  throw new FinegrainError(
    'input.invalid',
    `context: the attention maps of ${context} tokens need ${formatBytes(2 * bytes(context))}; ${formatBytes(free)} are free.`,
    `Choose a context of at most ${fits}.`,
  );
}
