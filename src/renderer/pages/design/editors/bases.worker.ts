/** Searches HARPE's bases beside the page: a search takes up to seconds. */
import type { Architecture } from '../../../../shared/architecture/document.ts';
import { writeOutPosition } from '../../../../shared/architecture/edits.ts';
import { toErrorShape } from '../../../../shared/errors.ts';
import type { BasesAnswer } from './useBases.ts';

self.onmessage = (event: MessageEvent<{ document: Architecture; block: number }>) => {
  const { document, block } = event.data;
  let answer: BasesAnswer;
  try {
    const { position } = writeOutPosition(document, block).blocks[block]!.attention;
    answer = { bases: position.kind === 'harpe' ? position.bases : [] };
  } catch (error) {
    answer = { error: toErrorShape(error) };
  }
  self.postMessage(answer);
};
