/** The run configuration being written in the Train panel. It comes back after a restart. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { type RunConfiguration, runConfigurationSchema } from '../../shared/run/configuration.ts';

interface Training {
  readonly name: string;
  readonly configuration: RunConfiguration;
  readonly starting: boolean;
}

/** Small enough to see a model learn within two minutes on two CPU cores with a small preset. */
const firstConfiguration: RunConfiguration = {
  ...runConfigurationSchema.parse({ data: [{ name: 'none' }], steps: 300 }),
  data: [],
  probeEvery: 25,
  evaluateEvery: 25,
  checkpointEvery: 100,
};

export const useTraining = create<Training>()(
  persist((): Training => ({ name: '', configuration: firstConfiguration, starting: false }), {
    name: 'finegrain.training',
    version: 1,
    partialize: (state) => ({ name: state.name, configuration: state.configuration }),
    merge: (saved, fresh) => {
      const configuration = {
        ...firstConfiguration,
        ...(saved as Partial<Training> | undefined)?.configuration,
      };
      const usable =
        configuration.data.length === 0 || runConfigurationSchema.safeParse(configuration).success;
      return usable ? { ...fresh, ...(saved as Partial<Training> | undefined), configuration } : fresh;
    },
  }),
);

export function setConfiguration(change: Partial<RunConfiguration>): void {
  useTraining.setState((state) => ({ configuration: { ...state.configuration, ...change } }));
}

/** Adds a data set to the mixture or takes it out. */
export function toggleData(name: string): void {
  const { data } = useTraining.getState().configuration;
  const chosen = data.some((entry) => entry.name === name);
  setConfiguration({
    data: chosen ? data.filter((entry) => entry.name !== name) : [...data, { name, weight: 1 }],
  });
}
