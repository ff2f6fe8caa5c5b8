/** Two documents side by side: counts, fields of the model, then the two stacks, layer under layer. */
import { type ReactNode, useMemo } from 'react';
import type { FieldChange } from '../../../../shared/architecture/diff.ts';
import type { Architecture } from '../../../../shared/architecture/document.ts';
import {
  formatBytes,
  formatDelta,
  formatInteger,
  formatSI,
  unknownValue,
} from '../../../../shared/format.ts';
import {
  type CountRow,
  type LayerText,
  layerTexts,
  type StackRow,
  valueText,
  versionDiff,
} from '../../../logic/versionDiff.ts';

interface Props {
  readonly before: Architecture;
  readonly after: Architecture;
  readonly names: readonly [string, string];
}

export function DiffTable({ before, after, names }: Props) {
  const diff = useMemo(() => versionDiff(before, after), [before, after]);
  const changed = diff.rows.filter(({ kind }) => kind !== 'same');
  const marked = (layer: number) => changed.some(({ first, last }) => layer >= first && layer <= last);
  return (
    <table className="table diff-table" aria-label="Differences">
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">What</span>
          </th>
          <th scope="col">
            {names[0]}
            <Strip document={before} marked={marked} />
          </th>
          <th scope="col">
            {names[1]}
            <Strip document={after} marked={marked} />
          </th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <Group title="Counts">
        {diff.counts.map((row) => (
          <CountLine key={row.label} row={row} />
        ))}
      </Group>
      {diff.fields.length > 0 && (
        <Group title="Model">
          {diff.fields.map((change) => (
            <FieldLine key={change.field} change={change} />
          ))}
        </Group>
      )}
      <Group title="Layers">
        {diff.rows.flatMap((row) => [
          <LayerLine key={row.first} row={row} />,
          ...row.fields.map((change) => (
            <FieldLine key={`${row.first} ${change.field}`} change={change} inner />
          )),
        ])}
      </Group>
    </table>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <tbody>
      <tr className="diff-group">
        <th scope="rowgroup" colSpan={4}>
          {title}
        </th>
      </tr>
      {children}
    </tbody>
  );
}

function CountLine({ row: { label, unit, before, after } }: { row: CountRow }) {
  const shown = (value: number | null) =>
    value === null ? unknownValue : unit === 'B' ? formatBytes(value) : formatSI(value, unit);
  const exact = (value: number | null) =>
    value === null
      ? 'The document has problems; it is counted when they are mended.'
      : formatInteger(Math.round(value));
  return (
    <tr>
      <th scope="row">{label}</th>
      <td className="number" title={exact(before)}>
        {shown(before)}
      </td>
      <td className="number" title={exact(after)}>
        {shown(after)}
      </td>
      <td className="number">
        {before === null || after === null
          ? unknownValue
          : before === after
            ? 'the same'
            : formatDelta(after - before, unit)}
      </td>
    </tr>
  );
}

function FieldLine({ change, inner = false }: { change: FieldChange; inner?: boolean }) {
  return (
    <tr className={inner ? 'diff-field diff-inner' : 'diff-field'}>
      <th scope="row">
        <code>{change.field}</code>
      </th>
      <td className="number diff-old">{valueText(change.before)}</td>
      <td className="number diff-new">{valueText(change.after)}</td>
      <td>{change.before === undefined ? 'new' : change.after === undefined ? 'gone' : 'changed'}</td>
    </tr>
  );
}

function LayerLine({ row }: { row: StackRow }) {
  const { first, last, kind } = row;
  return (
    <tr className={`diff-layer diff-${kind}`}>
      <th scope="row">{first === last ? `Layer ${first}` : `Layers ${first}–${last}`}</th>
      <td>
        <LayerCell layer={row.before} />
      </td>
      <td>
        <LayerCell layer={row.after} />
      </td>
      <td>{kind === 'same' ? 'the same' : kind}</td>
    </tr>
  );
}

function LayerCell({ layer }: { layer: LayerText | null }) {
  if (layer === null) return <span className="muted">no such layer</span>;
  return (
    <span className="diff-parts">
      <span className="diff-part" data-kind={layer.attentionKind}>
        <i aria-hidden="true" className={layer.attentionKind === undefined ? 'plain' : ''} />
        {layer.attention}
      </span>
      <span className="diff-part" data-kind={layer.ffnKind}>
        <i aria-hidden="true" />
        {layer.ffn}
      </span>
    </span>
  );
}

/** The stack as a row of small cells, attention over FFN; a bar under the layers that differ. */
function Strip({ document, marked }: { document: Architecture; marked: (layer: number) => boolean }) {
  const layers = useMemo(() => layerTexts(document), [document]);
  return (
    <span className="diff-strip" aria-hidden="true">
      {layers.map((layer, index) => (
        // Layers have no identity but their place.
        <span
          key={`layer ${index + 1}`}
          className={marked(index + 1) ? 'diff-cell diff-marked' : 'diff-cell'}
        >
          <i
            data-kind={layer.attentionKind}
            className={layer.attentionKind === undefined ? 'plain' : undefined}
          />
          <i data-kind={layer.ffnKind} />
        </span>
      ))}
    </span>
  );
}
