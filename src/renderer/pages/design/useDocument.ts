/** The document on the canvas with everything derived from it, computed once for each document. */
import { useMemo } from 'react';
import { type Counts, countArchitecture } from '../../../shared/architecture/counts.ts';
import type { Architecture } from '../../../shared/architecture/document.ts';
import { checkArchitecture } from '../../../shared/architecture/parse.ts';
import type { Problem } from '../../../shared/errors.ts';
import { useDesign } from '../../state/design.ts';

export function useDocument(): Architecture {
  return useDesign((design) => design.history.present);
}

export function useProblems(): readonly Problem[] {
  const document = useDocument();
  return useMemo(() => checkArchitecture(document), [document]);
}

/** Counts of a document; null while it has problems, because a count of a broken document would be an invention. */
export function useCounts(document: Architecture): Counts | null {
  return useMemo(
    () => (checkArchitecture(document).length === 0 ? countArchitecture(document) : null),
    [document],
  );
}

/** The first problem at a field. */
export function problemAt(problems: readonly Problem[], path: string): string | undefined {
  const message = problems.find((problem) => problem.path === path)?.message;
  return message === undefined ? undefined : `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

export function problemsUnder(problems: readonly Problem[], path: string): readonly Problem[] {
  return problems.filter((problem) => problem.path === path || problem.path.startsWith(`${path}.`));
}
