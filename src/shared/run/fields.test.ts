import { describe, expect, it } from 'vitest';
import { parseArchitecture } from '../architecture/parse.ts';
import { findPreset } from '../architecture/presets.ts';
import { runConfigurationSchema } from './configuration.ts';
import { changeableFields, runFields, withField } from './fields.ts';

const architecture = parseArchitecture(findPreset('dsmoe-0.3m')!.architecture);
const configuration = runConfigurationSchema.parse({
  data: [{ name: 'moby-dick' }, { name: 'speeches', weight: 2 }],
  steps: 20,
});
const documents = { architecture, configuration };

describe('fields of a run', () => {
  it('are named as people write them, with every value of a list', () => {
    const fields = runFields(architecture, configuration);
    expect(fields).toMatchObject({
      'ffn.kind': ['dsmoe'],
      'attention.position.kind': ['rope'],
      data: ['moby-dick', 'speeches'],
      'data.weight': [1, 2],
      steps: [20],
      'objective.loss': ['mle'],
      context: [architecture.context],
      'architecture.name': [architecture.name],
    });
    expect(fields.tokenizer).toBeUndefined(); // null
  });

  it('take the context that the run trains with before the document’s', () => {
    const fields = runFields(architecture, { ...configuration, context: 32 });
    expect(fields.context).toEqual([32]);
    expect(fields['architecture.context']).toEqual([architecture.context]);
  });

  it('hold the values of all blocks where those differ', () => {
    const [block] = architecture.blocks;
    const mixed = {
      ...architecture,
      blocks: [
        block!,
        { ...block!, ffn: { kind: 'dense' as const, width: 96, activation: 'silu' as const } },
      ],
    };
    expect(runFields(mixed as never, configuration)['ffn.kind']).toEqual(['dsmoe', 'dense']);
  });
});

describe('changing a field', () => {
  it('sets settings, document fields, fields of every block, and of one', () => {
    expect(withField(documents, 'learningRate', 0.01).configuration.learningRate).toBe(0.01);
    expect(withField(documents, 'objective.loss', 'tailr').configuration.objective.loss).toBe('tailr');
    expect(withField(documents, 'warmup', 3).configuration.warmup).toBe(3);
    expect(withField(documents, 'tieEmbeddings', false).architecture.tieEmbeddings).toBe(false);
    expect(withField(documents, 'ffn.tau', 0.25).architecture.blocks[0]!.ffn).toMatchObject({ tau: 0.25 });
    expect(withField(documents, 'blocks.0.repeat', 1).architecture.blocks[0]!.repeat).toBe(1);
    expect(withField(documents, 'architecture.context', 48).architecture.context).toBe(48);
  });

  it('changes kinds as the editor does, with what the new kind needs', () => {
    const { architecture: changed } = withField(documents, 'ffn.kind', 'finedeep');
    expect(changed.blocks.every((block) => block.ffn.kind === 'finedeep')).toBe(true);
    expect(withField(documents, 'attention.position.kind', 'harpe').architecture).toBeDefined();
  });

  it('refuses with the field and the value', () => {
    expect(() => withField(documents, 'learningRate', -1)).toThrow(/learningRate.*-1/);
    const noData = { architecture, configuration: { ...configuration, data: [] } };
    expect(withField(noData, 'learningRate', 0.01).configuration.learningRate).toBe(0.01);
    expect(() => withField(noData, 'learningRate', -1)).toThrow(/learningRate cannot be -1: too small/);
    expect(() => withField(documents, 'ffn.kind', 'sparse')).toThrow(/ffn\.kind.*sparse/);
    expect(() => withField(documents, 'ffn.tau', 'high')).toThrow(/tau.*high/);
    expect(() => withField(documents, 'data', 'x')).toThrow(/data is no field/);
    expect(() => withField(documents, 'nonsense', 1)).toThrow(/nonsense is no field/);
  });

  it('is offered for every field that it works for', () => {
    const names = changeableFields(documents);
    expect(names).toEqual(
      expect.arrayContaining(['learningRate', 'seed', 'ffn.kind', 'ffn.tau', 'warmup', 'width']),
    );
    expect(names).not.toContain('data');
    const fields = runFields(architecture, configuration);
    for (const name of names) {
      const now = fields[name]?.[0];
      if (now !== undefined) expect(() => withField(documents, name, now)).not.toThrow();
    }
  });
});
