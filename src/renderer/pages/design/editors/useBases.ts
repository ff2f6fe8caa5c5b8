/** The bases of a block's heads, written out: at once where they are a formula or a list, by a worker where they are searched. */
import { useEffect, useState } from 'react';
import type { Architecture } from '../../../../shared/architecture/document.ts';
import { writeOutPosition } from '../../../../shared/architecture/edits.ts';
import type { ErrorShape } from '../../../../shared/errors.ts';
import { failed, type Loadable, loading, ready } from '../../../state/loadable.ts';

export type BasesAnswer = { readonly bases: readonly number[] } | { readonly error: ErrorShape };

/** Results of searches, which depend on the attention alone. */
const searched = new Map<string, readonly number[]>();

/** Whether the bases of a block have to be searched for. */
function isSearched(document: Architecture, block: number): boolean {
  const { position } = document.blocks[block]!.attention;
  return (
    position.kind === 'harpe' && (position.baseScheme === 'coverage' || position.baseScheme === 'algorithm1')
  );
}

/** The position must be one that passes its own check. */
export function useBases(document: Architecture, block: number): Loadable<readonly number[]> {
  const attention = document.blocks[block]!.attention;
  const slow = isSearched(document, block);
  const key = JSON.stringify(attention);
  const [answer, setAnswer] = useState<{ key: string; value: Loadable<readonly number[]> }>({
    key: '',
    value: loading,
  });
  useEffect(() => {
    if (!slow || searched.has(key)) return;
    const worker = new Worker(new URL('./bases.worker.ts', import.meta.url), { type: 'module' });
    const settle = (value: Loadable<readonly number[]>) => setAnswer({ key, value });
    worker.onmessage = ({ data }: MessageEvent<BasesAnswer>) => {
      if ('error' in data) return settle({ status: 'error', error: data.error });
      searched.set(key, data.bases);
      settle(ready(data.bases));
    };
    worker.onerror = () => settle(failed(new Error('The search for bases could not start.')));
    worker.postMessage({ document, block });
    return () => worker.terminate();
  }, [key, slow]);
  if (!slow) {
    const { position } = writeOutPosition(document, block).blocks[block]!.attention;
    return ready(position.kind === 'harpe' ? position.bases : []);
  }
  const known = searched.get(key);
  if (known !== undefined) return ready(known);
  return answer.key === key ? answer.value : loading;
}

/** The document with these bases as the block's own list. */
export function withBases(document: Architecture, block: number, bases: readonly number[]): Architecture {
  // What a search found is written out already; without this line, writing out would search again, on the page.
  const plain = isSearched(document, block)
    ? asList(document, block, bases)
    : writeOutPosition(document, block);
  return asList(plain, block, bases);
}

function asList(document: Architecture, block: number, bases: readonly number[]): Architecture {
  const current = document.blocks[block]!;
  const { position } = current.attention;
  if (position.kind !== 'harpe') return document;
  const custom = {
    ...position,
    baseScheme: 'custom' as const,
    headOrder: 'ascending' as const,
    bases: [...bases],
  };
  const attention = { ...current.attention, position: custom };
  return {
    ...document,
    blocks: document.blocks.map((entry, index) => (index === block ? { ...current, attention } : entry)),
  };
}
