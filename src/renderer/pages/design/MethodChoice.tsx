/** One of several methods for a part of the document (position encoding, sharing across layers), and the fields of it. */
import Typography from '@mui/material/Typography';
import type { z } from 'zod';
import type { Architecture } from '../../../shared/architecture/document.ts';
import type { FieldHelp } from '../../../shared/methods/method.ts';
import { ChoiceField } from '../../components/fields/ChoiceField.tsx';
import { schemaFields } from '../../logic/schemaFields.ts';
import { edit } from '../../state/design.ts';
import { DocumentField } from './DocumentField.tsx';

interface Method<Kind extends string> {
  readonly kind: Kind;
  readonly label: string;
  readonly summary: string;
  readonly source: string;
  readonly notice: string | null;
  readonly schema: z.ZodType;
  readonly fields: Readonly<Record<string, FieldHelp>>;
}

interface Props<Kind extends string> {
  readonly title: string;
  readonly help: FieldHelp;
  readonly methods: readonly Method<Kind>[];
  readonly chosen: Kind;
  /** Where the method's object lies in the document. */
  readonly path: string;
  readonly choose: (document: Architecture, kind: Kind) => Architecture;
}

export function MethodChoice<Kind extends string>(props: Props<Kind>) {
  const { title, help, methods, chosen, path, choose } = props;
  const method = methods.find(({ kind }) => kind === chosen)!;
  return (
    <section aria-label={`${title}: kind and fields`}>
      <Typography variant="h3">{title}</Typography>
      <ChoiceField
        help={help}
        wide
        value={chosen}
        choices={methods.map(({ kind, label }) => ({ value: kind, label }))}
        onChange={(kind) => edit(title.toLowerCase(), (now) => choose(now, kind as Kind))}
      />
      <p className="muted small panel-note">
        {method.summary} {method.source}
      </p>
      {method.notice !== null && <p className="muted small panel-note">{method.notice}</p>}
      {schemaFields(method.schema, method.fields).map((field) => (
        <DocumentField key={`${chosen} ${field.name}`} path={`${path}.${field.name}`} field={field} />
      ))}
    </section>
  );
}
