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

/** What must be said of the reconstructed methods among these kinds; null where there are none. */
export function reconstructionText(kinds: readonly string[]): string | null {
  const notices = kinds.filter(isKnown).flatMap((kind) => {
    const { standing, notice } = ffnMethod(kind);
    return standing === 'reconstruction' && notice !== null ? [notice] : [];
  });
  return notices.length === 0 ? null : [...new Set(notices)].join(' ');
}

/** Shown wherever a run or block of a reconstructed method appears. */
export function ReconstructionBadge({ kind }: { kind: string }) {
  const text = reconstructionText([kind]);
  if (text === null) return null;
  return (
    <Tooltip title={text}>
      <span className="tag tag-amber">reconstruction</span>
    </Tooltip>
  );
}

function isKnown(kind: string): kind is FfnKind {
  return (ffnKinds as readonly string[]).includes(kind);
}
