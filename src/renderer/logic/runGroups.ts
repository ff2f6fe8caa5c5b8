/** Runs that belong together: those that differ only in their seed, or that share the value of a field. */
import type { Architecture } from '../../shared/architecture/document.ts';
import type { RunConfiguration } from '../../shared/run/configuration.ts';
import { runFields } from '../../shared/run/fields.ts';

export interface GroupMember {
  readonly run: string;
  readonly name: string;
  /** null while the documents are not loaded: such a run stands alone. */
  readonly documents: {
    readonly architecture: Architecture;
    readonly configuration: RunConfiguration;
  } | null;
}

export interface RunGroup {
  readonly key: string;
  readonly label: string;
  /** Ids, in the order given. */
  readonly runs: readonly string[];
}

export function groupRuns(members: readonly GroupMember[], by: string): RunGroup[] {
  const groups = new Map<string, GroupMember[]>();
  for (const member of members) {
    const key = groupKey(member, by);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return [...groups].map(([key, group]) => ({
    key,
    label: labelOf(group, by),
    runs: group.map((member) => member.run),
  }));
}

function groupKey({ run, documents }: GroupMember, by: string): string {
  if (by === 'none' || documents === null) return `run ${run}`;
  if (by === 'seed') {
    const { name: _name, notes: _notes, ...architecture } = documents.architecture;
    // Seed apart, nothing may differ; device and threads do not change what is computed.
    const { seed: _seed, device: _device, threads: _threads, ...configuration } = documents.configuration;
    return JSON.stringify({ architecture, configuration });
  }
  return JSON.stringify(runFields(documents.architecture, documents.configuration)[by] ?? null);
}

function labelOf(group: readonly GroupMember[], by: string): string {
  const first = group[0]!;
  if (by === 'none' || first.documents === null) return first.name;
  if (by === 'seed') return group.length === 1 ? first.name : commonName(group.map((member) => member.name));
  const values = runFields(first.documents.architecture, first.documents.configuration)[by];
  return `${by} ${values === undefined ? '–' : values.join(', ')}`;
}

/** What the names begin with, without a trailing separator, a cut-off number or "seed"; else the first name. */
export function commonName(names: readonly string[]): string {
  const first = names[0] ?? '';
  let end = first.length;
  for (const name of names) while (!name.startsWith(first.slice(0, end))) end--;
  const start = first.slice(0, end);
  const trimmed =
    end < first.length || names.some((name) => name.length > end) ? start.replace(/[\d.]+$/, '') : start;
  const clean = trimmed.replace(/[\s\-_./,]*(seed|s)?[\s\-_./,=:]*$/i, '');
  return clean === '' ? first : clean;
}

/** Fields in which the runs differ: what it makes sense to group by. Names sorted. */
export function differingFields(members: readonly GroupMember[]): string[] {
  const all = members.flatMap(({ documents }) =>
    documents === null ? [] : [runFields(documents.architecture, documents.configuration)],
  );
  const names = new Set(all.flatMap((fields) => Object.keys(fields)));
  return [...names]
    .filter((name) => new Set(all.map((fields) => JSON.stringify(fields[name] ?? null))).size > 1)
    .sort();
}
