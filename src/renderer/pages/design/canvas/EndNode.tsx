/** What stands above and below the blocks: embedding, final norm, head. */
import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { formatExact, formatInteger } from '../../../../shared/format.ts';
import { canvasView } from '../../../logic/blockViews.ts';
import { useDesign } from '../../../state/design.ts';
import { Part } from './Part.tsx';
import { Port } from './Port.tsx';

type End = 'embedding' | 'norm' | 'head';

export const EndNode = memo(
  function EndNode({ data }: NodeProps) {
    const end = (data as { end: End }).end;
    return (
      <div data-drop={end}>
        {end !== 'embedding' && <Port type="target" />}
        <Content end={end} />
        {end !== 'head' && <Port type="source" />}
      </div>
    );
  },
  (before, after) => before.data === after.data,
);

function Content({ end }: { end: End }) {
  const document = useDesign((design) => design.history.present);
  const { vocabulary, width, norm, tieEmbeddings } = document;
  if (end === 'norm') {
    return (
      <Part
        selection={{ part: 'model' }}
        leads={false}
        title="RMSNorm"
        detail={`ε ${formatExact(norm.epsilon)}`}
      />
    );
  }
  if (end === 'head') {
    return (
      <Part
        selection={{ part: 'model' }}
        leads={false}
        title="Head"
        detail={`${formatInteger(width)} → ${formatInteger(vocabulary)} · ${tieEmbeddings ? 'tied' : 'untied'}`}
      />
    );
  }
  return (
    <Part
      selection={{ part: 'model' }}
      title="Embedding"
      detail={`V ${formatInteger(vocabulary)} · d ${formatInteger(width)}`}
      problems={canvasView(document).problems}
    />
  );
}
