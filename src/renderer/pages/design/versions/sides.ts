/** What can stand on either side of a comparison: the canvas, what it began from, a saved version, a preset. */
import { useEffect, useMemo } from 'react';
import type { Architecture } from '../../../../shared/architecture/document.ts';
import { findPreset, presets } from '../../../../shared/architecture/presets.ts';
import { useDesign } from '../../../state/design.ts';
import { type Loadable, loading, ready } from '../../../state/loadable.ts';
import { loadVersion, useVersions, versionName } from '../../../state/versions.ts';
import { useDocument } from '../useDocument.ts';

export interface Side {
  readonly key: string;
  readonly group: 'Now' | 'Saved versions' | 'Presets';
  readonly label: string;
}

export const canvasSide: Side = { key: 'canvas', group: 'Now', label: 'The canvas' };

export function versionKey(version: string): string {
  return `version:${version}`;
}

export function useSides(): Side[] {
  const list = useVersions((versions) => versions.list.value);
  const base = useDesign((design) => design.base.name);
  return useMemo(
    () => [
      canvasSide,
      { key: 'base', group: 'Now', label: `Where it began: ${base}` },
      ...(list ?? []).map(
        (version): Side => ({
          key: versionKey(version.version),
          group: 'Saved versions',
          label: versionName(version),
        }),
      ),
      ...presets.map(({ name }): Side => ({ key: `preset:${name}`, group: 'Presets', label: name })),
    ],
    [list, base],
  );
}

/** The document of a side; that of a version is asked for when it is first looked at. */
export function useSideDocument(key: string): Loadable<Architecture> {
  const canvas = useDocument();
  const base = useDesign((design) => design.base.document);
  const version = key.startsWith('version:') ? key.slice('version:'.length) : null;
  const stored = useVersions((versions) => (version === null ? undefined : versions.documents[version]));
  useEffect(() => {
    if (version !== null) void loadVersion(version);
  }, [version]);
  if (version !== null) return stored ?? loading;
  if (key === 'canvas') return ready(canvas);
  return ready(findPreset(key.slice('preset:'.length))?.architecture ?? base);
}
