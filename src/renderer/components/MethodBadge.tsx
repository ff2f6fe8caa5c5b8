/** The badge of a method in its colour; a reconstruction says so. */
import Tooltip from '@mui/material/Tooltip';
import { findMethod } from '../../shared/methods/find.ts';

export function methodLabel(kind: string): string {
  return findMethod(kind)?.label ?? kind;
}

export function MethodBadge({ kind }: { kind: string }) {
  const method = findMethod(kind);
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
  const notices = kinds.flatMap((kind) => {
    const method = findMethod(kind);
    return method?.standing === 'reconstruction' && method.notice !== null ? [method.notice] : [];
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
