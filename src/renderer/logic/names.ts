/** Names that say what a model is, so that runs can be told apart in a table. */
import type { Architecture } from '../../shared/architecture/document.ts';
import { findPreset, presetOf } from '../../shared/architecture/presets.ts';
import { type FfnKind, ffnMethod } from '../../shared/methods/ffn/index.ts';

/**
 * A document named after a preset is named after the preset of its new method (`finedeep-1m` becomes `dsmoe-1m`), and
 * described by it, unless it has been described otherwise.
 */
export function renameForKind(document: Architecture, kind: FfnKind): Architecture {
  const preset = findPreset(document.name);
  const next = preset === undefined ? undefined : presetOf(kind, preset.size);
  if (preset === undefined || next === undefined) return document;
  const notes = document.notes === preset.architecture.notes ? next.architecture.notes : document.notes;
  return { ...document, name: next.name, notes };
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
