/** A row of the runs table, and the summary that it is read into. */
import type { RunSummary, SweepValues } from '../../shared/rpc/contract.ts';
import { type RunState, resumableStates } from '../../shared/run/state.ts';

export interface RunRow {
  key: number;
  id: string;
  name: string;
  state: RunState;
  reason: string | null;
  ffn_kinds: string;
  methods: string;
  steps: number;
  tokens_per_step: number;
  device: string | null;
  device_reason: string | null;
  parameters: number;
  active_parameters: number;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  archived: number;
  deleted_at: string | null;
  step: number;
  loss: number | null;
  validation_loss: number | null;
  tokens_per_second: number | null;
  unigram_entropy: number | null;
  checkpoints: number;
  tags: string;
  notes: string;
  sweep: string | null;
  sweep_name: string | null;
  sweep_values: string | null;
  parent: string | null;
  parent_step: number | null;
}

export const summaryColumns = `key, id, name, state, reason, ffn_kinds, methods, steps, tokens_per_step, device, device_reason, parameters,
  active_parameters, created_at, started_at, ended_at, archived, deleted_at, step, loss, validation_loss,
  tokens_per_second, unigram_entropy,
  EXISTS (SELECT 1 FROM checkpoints c WHERE c.run = runs.key AND c.branch = 0) AS checkpoints,
  tags, notes, sweep_values, parent, parent_step,
  (SELECT s.id FROM sweeps s WHERE s.key = runs.sweep) AS sweep,
  (SELECT s.name FROM sweeps s WHERE s.key = runs.sweep) AS sweep_name`;

export function toSummary(row: RunRow): RunSummary {
  const rate = row.tokens_per_second;
  const left = Math.max(0, row.steps - row.step) * row.tokens_per_step;
  return {
    run: row.id,
    name: row.name,
    state: row.state,
    reason: row.reason,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    archived: row.archived !== 0,
    step: row.step,
    steps: row.steps,
    device: row.device,
    deviceReason: row.device_reason,
    parameters: row.parameters,
    activeParameters: row.active_parameters,
    ffnKinds: JSON.parse(row.ffn_kinds) as string[],
    methods: JSON.parse(row.methods) as string[],
    loss: row.loss,
    validationLoss: row.validation_loss,
    unigramEntropy: row.unigram_entropy,
    tokensPerSecond: rate,
    secondsLeft: row.state === 'running' && rate !== null && rate > 0 ? left / rate : null,
    resumable: resumableStates.includes(row.state) && row.checkpoints !== 0,
    tags: JSON.parse(row.tags) as string[],
    notes: row.notes,
    sweep:
      row.sweep === null
        ? null
        : {
            sweep: row.sweep,
            name: row.sweep_name ?? row.sweep,
            values: JSON.parse(row.sweep_values ?? '{}') as SweepValues,
          },
    parent: row.parent === null ? null : { run: row.parent, step: row.parent_step ?? 0 },
  };
}
