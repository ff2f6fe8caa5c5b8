/** The model as a readable stack: embedding, repeated blocks with their two residual branches, head. Click to inspect. */
import type { ReactNode } from 'react';
import type { Architecture, Block } from '../../../shared/architecture/document.ts';
import type { Problem } from '../../../shared/errors.ts';
import { formatExact, formatInteger } from '../../../shared/format.ts';
import { ffnMethod } from '../../../shared/methods/ffn/index.ts';
import { ReconstructionBadge } from '../../components/MethodBadge.tsx';
import { attentionKind, attentionNotes } from '../../logic/attentionNotes.ts';
import { type Selection, setView, useView } from '../../state/view.ts';
import { layersText } from './layersText.ts';
import { problemsUnder, useDocument, useProblems } from './useDocument.ts';

export function Canvas() {
  const document = useDocument();
  const problems = useProblems();
  const { vocabulary, width, context } = document;
  const outside = problems.filter((problem) => !problem.path.startsWith('blocks.'));
  return (
    <section className="canvas" aria-label="Model">
      <div className="stack">
        <Node
          selection={{ part: 'model' }}
          title="Embedding"
          detail={`V ${formatInteger(vocabulary)} · d ${formatInteger(width)}`}
          problems={outside}
        />
        <Edge long label={`B · ${formatInteger(context)} · ${formatInteger(width)}`} />
        {document.blocks.map((block, index) => (
          // Blocks have no identity but their place.
          <BlockGroup
            key={`block ${index}`}
            document={document}
            block={block}
            index={index}
            problems={problems}
          />
        ))}
        <Node
          selection={{ part: 'model' }}
          title="RMSNorm"
          detail={`ε ${formatExact(document.norm.epsilon)}`}
          small
        />
        <Edge />
        <Node
          selection={{ part: 'model' }}
          title="Head"
          detail={`${formatInteger(width)} → ${formatInteger(vocabulary)} · ${document.tieEmbeddings ? 'tied' : 'untied'}`}
        />
      </div>
    </section>
  );
}

interface GroupProps {
  readonly document: Architecture;
  readonly block: Block;
  readonly index: number;
  readonly problems: readonly Problem[];
}

function BlockGroup({ document, block, index, problems }: GroupProps) {
  const { attention, ffn } = block;
  const method = ffnMethod(ffn.kind);
  const experts = method.experts(ffn);
  const units = method.units(ffn);
  const heads =
    attention.kvHeads === attention.heads
      ? `${attention.heads} heads × ${attention.headSize}`
      : `${attention.heads} heads × ${attention.headSize} · ${attention.kvHeads} key/value`;
  return (
    <>
      <div className="group">
        <span className="group-label">
          <b>{block.repeat} ×</b> {block.repeat === 1 ? 'block' : 'repeated block'} ·{' '}
          {layersText(document, index)}
        </span>
        <div className="branch">
          <Node selection={{ part: 'attention', block: index }} title="RMSNorm" small />
          <Edge />
          <Node
            selection={{ part: 'attention', block: index }}
            title="Attention"
            kind={attentionKind(document, index)}
            detail={heads}
            problems={problemsUnder(problems, `blocks.${index}.attention`)}
          >
            <AttentionNotes document={document} block={index} />
          </Node>
        </div>
        <Sum />
        <div className="branch">
          {experts === null || experts.groups === 1 ? (
            <>
              <Node selection={{ part: 'ffn', block: index }} title="RMSNorm" small />
              <Edge />
            </>
          ) : null}
          <Node
            selection={{ part: 'ffn', block: index }}
            title={method.label}
            kind={ffn.kind}
            detail={
              experts === null
                ? `D ${formatInteger(units)}`
                : experts.groups > 1
                  ? `M ${experts.groups} · K ${experts.count / experts.groups} · D ${formatInteger(units)}`
                  : `n ${experts.count} · D ${formatInteger(units)}`
            }
            problems={problemsUnder(problems, `blocks.${index}.ffn`)}
            badge={<ReconstructionBadge kind={ffn.kind} />}
          >
            <Glyph
              groups={experts?.groups ?? 1}
              perGroup={experts === null ? 1 : experts.count / experts.groups}
            />
          </Node>
        </div>
        <Sum />
      </div>
      <Edge
        long
        label={
          index === document.blocks.length - 1
            ? `B · ${formatInteger(document.context)} · ${formatInteger(document.width)}`
            : ''
        }
      />
    </>
  );
}

/** The position encoding where it is not plain, and which layers of the block take over attention from others. */
function AttentionNotes({ document, block }: { document: Architecture; block: number }) {
  const notes = attentionNotes(document, block);
  if (notes.length === 0) return null;
  return <span className="node-note">{notes.join(' · ')}</span>;
}

interface NodeProps {
  readonly selection: Selection;
  readonly title: string;
  readonly detail?: string;
  readonly small?: boolean;
  readonly kind?: string;
  readonly badge?: ReactNode;
  readonly problems?: readonly Problem[];
  readonly children?: ReactNode;
}

function Node({ selection, title, detail, small = false, kind, badge, problems = [], children }: NodeProps) {
  const chosen = useView((view) => view.selection);
  const selected = !small && title !== 'Head' && JSON.stringify(chosen) === JSON.stringify(selection);
  return (
    <button
      type="button"
      className={`node${small ? ' node-small' : ''}${problems.length > 0 ? ' node-wrong' : ''}`}
      data-kind={kind}
      aria-pressed={selected}
      onClick={() => setView({ selection, designTab: 'model' })}
    >
      <span className="node-head">
        <b>{title}</b>
        {badge}
        {detail !== undefined && <span className="number node-detail">{detail}</span>}
      </span>
      {children}
      {problems.map((problem) => (
        <span key={problem.path + problem.message} className="node-problem">
          {problem.message}
        </span>
      ))}
    </button>
  );
}

/** The layout in small: rows of sub-layers, columns of experts. */
function Glyph({ groups, perGroup }: { groups: number; perGroup: number }) {
  const rows = Math.min(groups, 16);
  return (
    <span
      className="glyph"
      aria-hidden="true"
      style={{ gridTemplateRows: `repeat(${rows}, 1fr)`, height: Math.max(12, Math.min(44, rows * 9)) }}
    >
      {Array.from({ length: rows }, (_, row) => (
        // Rows have no identity but their place.
        <span key={`row ${row}`} className="glyph-row">
          {Array.from({ length: Math.min(perGroup, 32) }, (_, column) => (
            <i
              key={`cell ${column}`}
              style={{ opacity: rows === 1 ? 0.85 : 0.9 - (0.45 * row) / (rows - 1) }}
            />
          ))}
        </span>
      ))}
    </span>
  );
}

function Edge({ label = '', long = false }: { label?: string; long?: boolean }) {
  return (
    <span className={long ? 'edge edge-long' : 'edge'} aria-hidden="true">
      {label !== '' && <span className="number">{label}</span>}
    </span>
  );
}

function Sum() {
  return (
    <span className="sum" aria-hidden="true">
      +
    </span>
  );
}
