/** Names that say what a model is, so that runs can be told apart in a table. */
import type { Architecture } from '../../shared/architecture/document.ts';
import { findPreset } from '../../shared/architecture/presets.ts';
import { type FfnKind, ffnMethod } from '../../shared/methods/ffn/index.ts';

/** A document named after a preset is named after the preset of its new method: `finedeep-1m` becomes `dsmoe-1m`. */
export function renameForKind(document: Architecture, kind: FfnKind): Architecture {
  const preset = findPreset(document.name);
  const renamed = preset === undefined ? undefined : document.name.replace(preset.kind, kind);
  return renamed === undefined || findPreset(renamed) === undefined
    ? document
    : { ...document, name: renamed };
}

/** The name of a run that was given none: the document's, with the expert layout where it is not the preset's. */
export function runName(document: Architecture): string {
  const preset = findPreset(document.name);
  const own = layoutName(document);
  if (preset === undefined || own === null || own === layoutName(preset.architecture)) return document.name;
  return `${document.name}-${own}`;
}

/** "2x4" of the first block with experts; null where there is none. */
function layoutName(document: Architecture): string | null {
  for (const { ffn } of document.blocks) {
    const experts = ffnMethod(ffn.kind).experts(ffn);
    if (experts !== null)
      return experts.groups === 1
        ? String(experts.count)
        : `${experts.groups}x${experts.count / experts.groups}`;
  }
  return null;
}
