import { useEffect } from 'react';
import { keepDesign } from '../../state/design.ts';
import { Canvas } from './Canvas.tsx';
import { CountsStrip } from './CountsStrip.tsx';
import { HeldThing } from './canvas/HeldThing.tsx';
import { Inspector } from './Inspector.tsx';
import { Library } from './Library.tsx';
import './design.css';

export function DesignPage() {
  useEffect(keepDesign, []);
  return (
    <div className="design">
      <h1 className="visually-hidden">Design</h1>
      <Library />
      <Canvas />
      <Inspector />
      <CountsStrip />
      <HeldThing />
    </div>
  );
}
