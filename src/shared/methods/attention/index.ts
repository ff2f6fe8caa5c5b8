/** The attention registry. Adding a kind touches its own file and the list below. */
import { softmaxAttention } from './softmax.ts';

export const attentionMethods = [softmaxAttention] as const;

export const attentionSchema = softmaxAttention.schema;

export type AttentionMethod = (typeof attentionMethods)[number];
export type AttentionKind = AttentionMethod['kind'];

/** The method of a kind that the document's schema has accepted. */
export function attentionMethod(kind: AttentionKind): AttentionMethod {
  return attentionMethods.find((method) => method.kind === kind)!;
}
