/** Numbers under an editor, computed from the document or measured on a run: name, value, and where it is from on hover. */
import type { ReactNode } from 'react';

export interface Fact {
  readonly name: string;
  readonly value: ReactNode;
  readonly title?: string;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="editor-facts" aria-live="polite">
      {facts.map(({ name, value, title }) => (
        <div key={name} title={title}>
          <dt>{name}</dt>
          <dd className="number" data-fact={name}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
