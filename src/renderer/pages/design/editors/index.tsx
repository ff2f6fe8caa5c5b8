/** Which editor stands under the fields of a method: one visual, live editor each; the generic one for kinds without. */
import type { ComponentType } from 'react';
import type { FfnKind } from '../../../../shared/methods/ffn/index.ts';
import type { PositionKind } from '../../../../shared/methods/position/index.ts';
import { ExpertLayout } from '../ExpertLayout.tsx';
import { useDocument } from '../useDocument.ts';
import { ExpertBars } from './ExpertBars.tsx';
import { GateEditor } from './GateEditor.tsx';
import { HeadBases } from './HeadBases.tsx';
import { ProductGrid } from './ProductGrid.tsx';
import { SuperblockEditor } from './SuperblockEditor.tsx';
import { TokenMask } from './TokenMask.tsx';
import './editors.css';

type Editor = ComponentType<{ block: number }>;

const ffnEditors: Partial<Record<FfnKind, readonly Editor[]>> = {
  dsmoe: [ExpertLayout, GateEditor],
  cartesianmoe: [ProductGrid],
  maskmoe: [ExpertBars, TokenMask],
  moe: [ExpertBars],
  topp: [ExpertBars],
  hash: [ExpertBars],
  random: [ExpertBars],
  llamamoe: [ExpertBars],
};

const positionEditors: Partial<Record<PositionKind, Editor>> = { harpe: HeadBases };

export function FfnEditors({ block }: { block: number }) {
  const kind = useDocument().blocks[block]!.ffn.kind;
  const editors = ffnEditors[kind] ?? [ExpertLayout];
  return editors.map((Chosen, index) => <Chosen key={`${kind} ${index}`} block={block} />);
}

export function PositionEditor({ block }: { block: number }) {
  const kind = useDocument().blocks[block]!.attention.position.kind;
  const Chosen = positionEditors[kind];
  return Chosen === undefined ? null : <Chosen block={block} />;
}

export { SuperblockEditor };
