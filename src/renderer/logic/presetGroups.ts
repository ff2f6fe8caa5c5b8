/** Presets as the library shows them: those of one size, grouped by the part of the model that they vary. */
import { countArchitecture } from '../../shared/architecture/counts.ts';
import { methodKinds } from '../../shared/architecture/methodKinds.ts';
import { type Preset, type PresetGroup, presets, sizes } from '../../shared/architecture/presets.ts';

/** What the library's size menu offers; `papers` stands for the papers' own models of any size. */
export const presetSizes: ReadonlyArray<{ readonly name: string; readonly label: string }> = [
  ...sizes.map(({ name, device }) => ({ name, label: device === 'gpu' ? `${name} (GPU)` : name })),
  { name: 'bench', label: 'benchmark' },
  { name: 'papers', label: "papers' models" },
];

export interface PresetEntry {
  readonly preset: Preset;
  /** The method whose colour the preset wears. */
  readonly kind: string;
  readonly parameters: number;
}

export interface PresetGroupView {
  readonly group: PresetGroup;
  readonly title: string;
  readonly entries: PresetEntry[];
}

const titles: Readonly<Record<PresetGroup, string>> = {
  ffn: 'Feed-forward',
  control: 'Controls',
  attention: 'Attention',
  position: 'Position',
  sharing: 'Sharing across layers',
  benchmark: 'Benchmark',
  paper: "Papers' models",
};

/** Groups in the order of `presets`, without empty ones. */
export function presetGroups(size: string): PresetGroupView[] {
  const groups = new Map<PresetGroup, PresetEntry[]>();
  for (const preset of presets) {
    if (size === 'papers' ? preset.group !== 'paper' : preset.size !== size || preset.group === 'paper')
      continue;
    const { architecture, group } = preset;
    const entry = {
      preset,
      kind: methodKinds(architecture)[0] ?? preset.kind,
      parameters: countArchitecture(architecture).parameters.total,
    };
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return [...groups].map(([group, entries]) => ({ group, title: titles[group], entries }));
}
