/** Sharing across layers: brackets over the layer stack, dragged, with what they save and how alike a run's layers are. */
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMemo } from 'react';
import type { Architecture } from '../../../../shared/architecture/document.ts';
import { checkArchitecture } from '../../../../shared/architecture/parse.ts';
import { formatBytes, formatNumber, formatShare, formatSI } from '../../../../shared/format.ts';
import { sharingMethod } from '../../../../shared/methods/sharing/index.ts';
import {
  brackets,
  followerSimilarity,
  layerRoles,
  type SimilarityMatrix,
  savings,
  suggestRange,
  superblocksOf,
  withBegin,
  withEnd,
  withFirstGroupEnd,
} from '../../../logic/superblockStack.ts';
import { edit } from '../../../state/design.ts';
import { useDocument } from '../useDocument.ts';
import { type Fact, Facts } from './Facts.tsx';
import { Handle } from './Handle.tsx';
import { SimilarityCells, SimilarityControls, useSimilarity } from './Similarity.tsx';

const width = 340;
const top = 16;

type Change = Partial<{ begin: number; end: number; groupSize: number }>;

function setRange(label: string, change: (document: Architecture) => Change): void {
  edit(label, (now) => {
    if (now.sharing.kind === 'none') return now;
    const wanted = change(now);
    const same = Object.entries(wanted).every(
      ([name, value]) => (now.sharing as unknown as Record<string, unknown>)[name] === value,
    );
    return same ? now : { ...now, sharing: { ...now.sharing, ...wanted } };
  });
}

export function SuperblockEditor() {
  const document = useDocument();
  const sharing = superblocksOf(document);
  const roles = useMemo(() => layerRoles(document), [document]);
  const layers = roles.length;
  const similarity = useSimilarity(layers);
  if (sharing === null) return null;
  const values = similarity.values;
  return (
    <section className="layout-editor" data-kind={sharing.kind} aria-label="Superblocks">
      <Typography variant="h3">Superblocks</Typography>
      <p className="muted small panel-note">
        Drag the ends of the range, and the end of the first bracket for the group size.
      </p>
      <Stack document={document} roles={roles} values={values} />
      <SimilarityControls state={similarity} />
      {values !== null && <Suggestion document={document} layers={layers} values={values} />}
      <Facts facts={savedFacts(document)} />
    </section>
  );
}

function savedFacts(document: Architecture): readonly Fact[] {
  if (checkArchitecture(document).length > 0) {
    return [{ name: 'Saved', value: '–', title: 'The document has problems: mend them first.' }];
  }
  const { with: now, without } = savings(document);
  const share = (part: number, whole: number) => (whole === 0 ? '–' : formatShare(part / whole));
  const cache = without.kvCacheBytesPerToken - now.kvCacheBytesPerToken;
  const flops = without.flopsPerToken.forward - now.flopsPerToken.forward;
  const parameters = without.parameters.total - now.parameters.total;
  return [
    {
      name: 'KV cache saved',
      value: `${formatBytes(cache)} per token · ${share(cache, without.kvCacheBytesPerToken)}`,
      title: `${formatBytes(now.kvCacheBytesPerToken)} instead of ${formatBytes(without.kvCacheBytesPerToken)}.`,
    },
    {
      name: 'Forward FLOPs saved',
      value: `${formatSI(flops, 'FLOP')} per token · ${share(flops, without.flopsPerToken.forward)}`,
      title: 'At full context, compensation matrices counted.',
    },
    {
      name: 'Parameters saved',
      value: formatSI(parameters),
      title: 'Negative where compensation matrices are larger than what followers drop.',
    },
  ];
}

interface StackProps {
  readonly document: Architecture;
  readonly roles: readonly { kind: string; leader: number | null }[];
  readonly values: SimilarityMatrix | null;
}

function Stack({ document, roles, values }: StackProps) {
  const sharing = superblocksOf(document)!;
  const layers = roles.length;
  const row = Math.max(7, Math.min(24, 300 / layers));
  const y = (layer: number) => top + layer * row;
  const layerAt = (place: number) => (place - top) / row;
  const label = sharingMethod(sharing.kind).label;
  const end = Math.min(sharing.end, layers);
  const firstEnd = Math.min(sharing.begin + sharing.groupSize, end);
  const found = brackets(sharing, layers);
  const heat = values === null ? 0 : Math.min(row * layers, width - 168) / layers;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of shapes inside svg has no element of its own
    <svg
      className="plane"
      viewBox={`0 0 ${width} ${y(layers) + 30}`}
      role="group"
      aria-label={`${layers} layers with their superblocks (${label})`}
    >
      {roles.map((role, layer) => (
        // Layers have no identity but their place.
        <g key={`layer ${layer}`}>
          <rect
            className={`layer layer-${role.kind}`}
            x={30}
            y={y(layer) + 1}
            width={66}
            height={row - 2}
            rx={3}
          />
          {(row >= 12 || layer % 5 === 0) && (
            <text className="editor-note number" x={24} y={y(layer) + row / 2 + 4} textAnchor="end">
              {layer}
            </text>
          )}
          {row >= 14 && role.kind !== 'whole' && (
            <text className={`layer-text layer-text-${role.kind}`} x={63} y={y(layer) + row / 2 + 4}>
              {role.kind === 'leader' ? 'leader' : `as ${role.leader}`}
            </text>
          )}
        </g>
      ))}
      {found.map(({ leader, end: last }) => (
        <path key={leader} className="bracket" d={`M102 ${y(leader) + 2}h8V${y(last) - 2}h-8`} />
      ))}
      {values !== null && <SimilarityCells values={values} x={150} y={top} cell={heat} />}
      <RangeHandle
        name="Begin of the range"
        label="begin"
        value={sharing.begin}
        least={0}
        most={Math.max(0, end - 1)}
        text={`layer ${sharing.begin}`}
        at={y(sharing.begin)}
        onMove={(place) => setRange('begin of sharing', () => withBegin(sharing, layerAt(place)))}
        onStep={(step) => setRange('begin of sharing', () => withBegin(sharing, sharing.begin + step))}
      />
      <RangeHandle
        name="End of the range"
        label="end"
        value={end}
        least={Math.min(layers, sharing.begin + 1)}
        most={layers}
        text={`before layer ${end}`}
        at={y(end)}
        onMove={(place) => setRange('end of sharing', () => withEnd(sharing, layerAt(place), layers))}
        onStep={(step) => setRange('end of sharing', () => withEnd(sharing, end + step, layers))}
      />
      <Handle
        label="Group size"
        value={sharing.groupSize}
        least={1}
        most={Math.max(1, end - sharing.begin)}
        text={`${sharing.groupSize} layers, a leader and ${sharing.groupSize - 1} followers`}
        gesture="group size"
        cursor="ns-resize"
        downwards
        testId="group-handle"
        onDrag={({ y: place }) =>
          setRange('group size', () => withFirstGroupEnd(sharing, layerAt(place), layers))
        }
        onStep={(step) =>
          setRange('group size', () =>
            withFirstGroupEnd(
              sharing,
              sharing.begin + Math.min(sharing.groupSize, end - sharing.begin) + step,
              layers,
            ),
          )
        }
      >
        <circle className="plane-handle" cx={116} cy={y(firstEnd) - 2} r={6.5} />
        <text className="editor-note handle-text number" x={126} y={y(firstEnd) - 6}>
          g {sharing.groupSize}
        </text>
      </Handle>
    </svg>
  );
}

interface RangeHandleProps {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly text: string;
  readonly at: number;
  readonly onMove: (place: number) => void;
  readonly onStep: (step: -1 | 1) => void;
}

function RangeHandle({ name, label, value, least, most, text, at, onMove, onStep }: RangeHandleProps) {
  return (
    <Handle
      label={name}
      value={value}
      least={least}
      most={most}
      text={text}
      gesture={`${label} of sharing`}
      cursor="ns-resize"
      downwards
      testId={`${label}-handle`}
      onDrag={({ y }) => onMove(y)}
      onStep={onStep}
    >
      <line className="cut-line" x1={28} x2={100} y1={at} y2={at} />
      <rect className="cut-grip" x={28} y={at - 6} width={72} height={12} />
      <circle className="plane-handle" cx={30} cy={at} r={6.5} />
    </Handle>
  );
}

interface SuggestionProps {
  readonly document: Architecture;
  readonly layers: number;
  readonly values: SimilarityMatrix;
}

function Suggestion({ document, layers, values }: SuggestionProps) {
  const sharing = superblocksOf(document)!;
  const now = followerSimilarity(sharing, layers, values);
  const best = suggestRange(sharing, layers, values);
  if (now === null || best === null) {
    return (
      <p className="muted small panel-note">
        No follower here has a similarity to its leader to suggest from.
      </p>
    );
  }
  const better = best.begin !== sharing.begin && best.mean > now + 1e-9;
  return (
    <p className="small panel-note">
      Similarity of followers to their leaders: <span className="number">{formatNumber(now, 4)}</span>.{' '}
      {better ? (
        <Button
          variant="outlined"
          onClick={() => setRange('suggested superblocks', () => ({ begin: best.begin, end: best.end }))}
        >
          Move to layers {best.begin}–{best.end - 1}: {formatNumber(best.mean, 4)}
        </Button>
      ) : (
        <span className="muted">No other place of this range is better.</span>
      )}
    </p>
  );
}
