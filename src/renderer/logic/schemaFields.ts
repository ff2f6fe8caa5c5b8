/**
 * Fields of an editor, read from a method's zod schema, so that a new method needs no code here. Labels, symbols and
 * help come from the method's `fields`; kind, bounds and choices from the schema.
 */
import { z } from 'zod';
import type { FieldHelp } from '../../shared/methods/method.ts';

export interface SchemaField {
  readonly name: string;
  readonly help: FieldHelp;
  readonly control:
    | {
        readonly type: 'number';
        readonly integer: boolean;
        readonly minimum: number | null;
        readonly maximum: number | null;
      }
    | { readonly type: 'choice'; readonly choices: readonly string[] }
    | { readonly type: 'numbers'; readonly minimum: number | null; readonly maximum: number | null }
    | { readonly type: 'switch' };
}

interface Property {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Property[];
  readonly items?: Property;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** In the order of `fields`, which the method writes for people. Fields that need an editor of their own are left out. */
export function schemaFields(schema: z.ZodType, fields: Readonly<Record<string, FieldHelp>>): SchemaField[] {
  const properties = (z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }).properties ??
    {}) as Record<string, Property>;
  return Object.entries(fields).flatMap(([name, help]) => {
    const property = properties[name];
    const control = property === undefined ? null : controlOf(property);
    return control === null ? [] : [{ name, help, control }];
  });
}

function controlOf(property: Property): SchemaField['control'] | null {
  const choices = choicesOf(property);
  if (choices !== null && choices.length > 1) return { type: 'choice', choices };
  if (property.type === 'boolean') return { type: 'switch' };
  if (property.type === 'array' && property.items?.type === 'number') {
    const { items } = property;
    return {
      type: 'numbers',
      minimum: items.minimum ?? items.exclusiveMinimum ?? null,
      maximum: items.maximum ?? null,
    };
  }
  if (property.type === 'integer' || property.type === 'number') {
    const integer = property.type === 'integer';
    const exclusive = property.exclusiveMinimum;
    const minimum =
      property.minimum ?? (exclusive === undefined ? null : integer ? exclusive + 1 : exclusive);
    const maximum = property.maximum ?? property.exclusiveMaximum ?? null;
    // z.int() bounds itself to the safe integers: no bound that a person would want to read.
    const readable = (bound: number | null) =>
      bound === null || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? null : bound;
    return { type: 'number', integer, minimum: readable(minimum), maximum: readable(maximum) };
  }
  return null;
}

function choicesOf(property: Property): string[] | null {
  const values = property.enum ?? property.anyOf?.map((entry) => entry.const);
  if (values === undefined || !values.every((value) => typeof value === 'string')) return null;
  return values as string[];
}

/** Names of choices for people: "perSubLayerVector" -> "per sub layer vector"; words that are symbols stay as they are. */
export function choiceLabel(choice: string): string {
  if (choice.length <= 2 || choice === choice.toUpperCase()) return choice;
  return choice.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
}
