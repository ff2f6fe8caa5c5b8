/** From anything to a valid architecture document, or to a list of problems that each name field, value and way out. */
import type { z } from 'zod';
import { FinegrainError, type Problem, problemUnder } from '../errors.ts';
import { attentionMethod } from '../methods/attention/index.ts';
import { ffnMethod } from '../methods/ffn/index.ts';
import { layerShape } from '../methods/languageModel.ts';
import { sharingMethod } from '../methods/sharing/index.ts';
import { type Architecture, architectureSchema, expandLayers } from './document.ts';
import { migrate } from './migrations.ts';

/** Layers beyond this are a mistake (a repeat count with a digit too many), and would stall every view. */
const maximumLayers = 1_000;

/** Reads a JSON value as a document of the newest version. Throws FinegrainError `architecture.invalid` with `problems`. */
export function parseArchitecture(value: unknown): Architecture {
  const result = read(value);
  if ('architecture' in result) return result.architecture;
  const first = result.problems[0]!;
  const more = result.problems.length - 1;
  throw new FinegrainError(
    'architecture.invalid',
    `The architecture is not valid: ${describeProblem(first)}${more > 0 ? ` (and ${more} more)` : ''}.`,
    'Change the fields named, or start from a preset (`finegrain arch presets`).',
    result.problems,
  );
}

/**
 * A document that somebody still works on: each field is valid, rules that cross fields may be broken (the editor shows
 * them). Throws as `parseArchitecture` does.
 */
export function parseDraft(value: unknown): Architecture {
  const migrated = migrate(value);
  const parsed = 'problem' in migrated ? null : architectureSchema.safeParse(migrated.document);
  return parsed?.success === true ? parsed.data : parseArchitecture(value);
}

/** All problems of a JSON value as an architecture document; empty when it is valid. */
export function checkArchitecture(value: unknown): Problem[] {
  const result = read(value);
  return 'problems' in result ? result.problems : [];
}

/** `blocks.0.ffn.width: message`, as one line. */
export function describeProblem(problem: Problem): string {
  return problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`;
}

/** Rules that cross fields, for a document whose fields are each valid. */
export function crossFieldProblems(architecture: Architecture): Problem[] {
  const shape = layerShape(architecture);
  const problems: Problem[] = [];
  if (shape.layers > maximumLayers) {
    problems.push({
      path: 'blocks',
      message: `the blocks make ${shape.layers} layers, more than ${maximumLayers}: lower a block's repeat`,
    });
    return problems; // rules below look at every layer
  }
  architecture.blocks.forEach((block, index) => {
    const under = (part: string, found: Problem[]) =>
      found.map((problem) => problemUnder(`blocks.${index}.${part}`, problem));
    problems.push(
      ...under('attention', attentionMethod(block.attention.kind).check(block.attention, shape)),
      ...under('ffn', ffnMethod(block.ffn.kind).check(block.ffn, shape)),
    );
  });
  const { sharing } = architecture;
  problems.push(...sharingMethod(sharing.kind).check(sharing, expandLayers(architecture)));
  return problems;
}

function read(value: unknown): { architecture: Architecture } | { problems: Problem[] } {
  const migrated = migrate(value);
  if ('problem' in migrated) return { problems: [migrated.problem] };
  const parsed = architectureSchema.safeParse(migrated.document);
  if (!parsed.success)
    return { problems: parsed.error.issues.flatMap((issue) => issueProblems(issue, migrated.document)) };
  const problems = crossFieldProblems(parsed.data);
  return problems.length > 0 ? { problems } : { architecture: parsed.data };
}

/** A zod issue as problems that show the value found. */
function issueProblems(issue: z.core.$ZodIssue, document: unknown): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].join('.'),
      message: `"${key}" is not a field here: remove it, or check its spelling`,
    }));
  }
  const value = valueAt(document, path);
  const shown = value === undefined ? 'is missing' : shorten(JSON.stringify(value) ?? String(value));
  const message = issue.message.replace(/^Invalid input: /, '').replace(/^Invalid option: /, '');
  return [{ path: path.join('.'), message: `${shown}: ${message}` }];
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
