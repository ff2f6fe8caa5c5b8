/** What a preset is: a named architecture to start from, and what its sizes are compared with. */
import type { FfnKind } from '../methods/ffn/index.ts';
import type { Architecture } from './document.ts';
import { parseArchitecture } from './parse.ts';

/** Which part of the model a preset varies; `control`: a dense model beside a method; `paper`: a paper's own model. */
export type PresetGroup = 'ffn' | 'control' | 'attention' | 'position' | 'sharing' | 'benchmark' | 'paper';

/** The preset is built to have as many parameters, or active parameters, as another. */
export interface Match {
  readonly with: string; // e.g. `dense-2m`
  readonly by: 'parameters' | 'activeParameters';
}

/** What a paper prints about the size of its model. */
export interface Published {
  readonly parameters: number;
  readonly activeParameters: number;
  readonly source: string; // e.g. 'arXiv 2410.16077, Table 1'
  /** Mean of active experts behind the printed active parameters, where it is no option of the model. */
  readonly activeExperts: number | null;
  /** Why our count is off the printed one, or null where they agree to the digits printed (norm gains, routers aside). */
  readonly deviation: string | null;
}

export interface Preset {
  readonly name: string; // e.g. `smoe-share-2m`
  readonly method: string; // e.g. `smoe-share`: the name without the size
  readonly label: string; // e.g. `MoE with a shared expert`
  readonly group: PresetGroup;
  /** FFN kind of the layers that the preset is about. */
  readonly kind: FfnKind;
  readonly size: string; // e.g. `2m`; `bench`; the paper's own word for paper models, e.g. `base`
  readonly device: 'cpu' | 'gpu';
  /** Judged on first use, as the document is built: both take counts. */
  readonly match: Match | null;
  readonly published: Published | null;
  /** Built on first use: there are many presets, and most sessions look at few. */
  readonly architecture: Architecture;
}

/** A preset whose document is parsed, and its match judged, when it is first asked for, and kept. */
export function lazyPreset(
  fields: Omit<Preset, 'architecture' | 'match'>,
  document: () => unknown,
  judge: () => Match | null = () => null,
): Preset {
  let architecture: Architecture | undefined;
  let match: Match | null | undefined;
  return {
    ...fields,
    get match() {
      if (match === undefined) match = judge();
      return match;
    },
    get architecture() {
      architecture ??= parseArchitecture(document());
      return architecture;
    },
  };
}
