/** The badge of an FFN method in its colour; a reconstruction says so. */
import Tooltip from '@mui/material/Tooltip';
import { type FfnKind, ffnKinds, ffnMethod } from '../../shared/methods/ffn/index.ts';

export function methodLabel(kind: string): string {
  return isKnown(kind) ? ffnMethod(kind).label : kind;
}

export function MethodBadge({ kind }: { kind: string }) {
  const method = isKnown(kind) ? ffnMethod(kind) : null;
  return (
    <Tooltip title={method?.summary ?? ''}>
      <span className="method-badge" data-kind={kind}>
        <i aria-hidden="true" />
        {method?.label ?? kind}
      </span>
    </Tooltip>
  );
}

export const reconstructionSentence =
  'Reconstruction: the routing and normalisation equations are ours, not confirmed against the paper.';

export function isReconstruction(kind: string): boolean {
  return isKnown(kind) && ffnMethod(kind).standing === 'reconstruction';
}

/** Shown wherever a run or block of a reconstructed method appears. */
export function ReconstructionBadge({ kind }: { kind: string }) {
  if (!isReconstruction(kind)) return null;
  return (
    <Tooltip title={reconstructionSentence}>
      <span className="tag tag-amber">reconstruction</span>
    </Tooltip>
  );
}

function isKnown(kind: string): kind is FfnKind {
  return (ffnKinds as readonly string[]).includes(kind);
}
