/** What figures of laws ask for: kinds, and the options of a panel that only they read. */
import { z } from 'zod';
import { a0Forms, a1Forms, a2Forms, positionLaws, predictionMethods } from '../laws/types.ts';

export const lawFigureKinds = [
  'law-loss',
  'law-position',
  'law-parameters',
  'law-uniformity',
  'law-calibration',
  'law-candidates',
] as const;
export type LawFigureKind = (typeof lawFigureKinds)[number];

export function isLawFigure(kind: string): kind is LawFigureKind {
  return (lawFigureKinds as readonly string[]).includes(kind);
}

/** As `LawOptions`: the fields of section 3 of papers/temporal-scaling-law.md. */
const lawOptionsSchema = z.strictObject({
  positionLaw: z.enum(positionLaws).optional(),
  dropFirstPosition: z.boolean().optional(),
  positionWeights: z.enum(['uniform', 'byStandardError']).optional(),
  a0Form: z.enum(['auto', ...a0Forms]).optional(),
  a1Form: z.enum(['auto', ...a1Forms]).optional(),
  a2Form: z.enum(['auto', ...a2Forms]).optional(),
  cosPhase: z.enum(['fixedToSchedule', 'free']).optional(),
  separation: z.union([z.enum(['scan', 'none']), z.number().positive()]).optional(),
  robust: z.enum(['squares', 'huber']).optional(),
});

export const lawOptionFields = {
  set: z.string().min(1).max(120).optional(), // measured set: default the run's own validation
  until: z.int().positive().optional(), // last step of the prefix: default the first 40 % of the tokens
  law: lawOptionsSchema.optional(),
  methods: z.array(z.enum(predictionMethods)).max(predictionMethods.length).optional(), // drawn
  study: z.string().min(1).max(64).optional(), // law-candidates
} as const;
