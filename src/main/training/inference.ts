/**
 * Questions to a checkpoint: its loss on a text, what its layers do on it, and text from it. Runs in the training
 * process module, started as a process of its own, so that neither a native crash nor a long computation touches the
 * host. The checkpoint asked last stays loaded.
 */
import { FinegrainError } from '../../shared/errors.ts';
import type { Doctor, Outputs } from '../../shared/rpc/contract.ts';
import { createEngine } from '../engine/index.ts';
import { probeStatistics } from '../engine/probe/statistics.ts';
import type { Model } from '../engine/types.ts';
import { type LoadedCheckpoint, readCheckpoint } from '../host/checkpoints.ts';
import type { Tokenizer } from '../text/bpe/tokenizer.ts';
import { readTokenizerJson } from '../text/bpe/tokenizerJson.ts';
import type { InferenceRequest } from './protocol.ts';
import { pickToken, randomFrom } from './sampling.ts';

export interface InferenceAnswers {
  evaluate: Outputs['runs.evaluate'];
  inspect: Outputs['runs.inspect'];
  sample: Outputs['runs.sample'];
  devices: Pick<Doctor, 'devices' | 'chosen'>;
}

/** Most windows that one inspection looks at; more only repeats the statistics. */
const inspectedWindows = 16;

interface Loaded {
  readonly checkpoint: LoadedCheckpoint;
  readonly tokenizer: Tokenizer;
  /** Built programs by `batch x context`. */
  readonly models: Map<string, Promise<Model>>;
}

export class Inference {
  private readonly engine = createEngine();
  private loaded: Loaded | undefined;

  async answer(request: InferenceRequest): Promise<unknown> {
    if (request.kind === 'devices') return this.devices(request.device);
    const loaded = await this.load(request.checkpoint);
    if (request.kind === 'evaluate') return this.evaluate(loaded, request.text);
    if (request.kind === 'inspect') return this.inspect(loaded, request.text);
    return this.sample(loaded, request);
  }

  private async devices(device: 'auto' | string): Promise<InferenceAnswers['devices']> {
    const devices = await this.engine.devices();
    const chosen = await this.engine.choose(device as 'auto');
    return { devices, chosen };
  }

  private async load(folder: string): Promise<Loaded> {
    if (this.loaded?.checkpoint.folder === folder) return this.loaded;
    await this.unload();
    const checkpoint = await readCheckpoint(folder, { optimizer: false });
    if (checkpoint.tokenizer === null) {
      throw new FinegrainError('checkpoint.damaged', `The checkpoint ${folder} holds no tokenizer.`);
    }
    const tokenizer = readTokenizerJson(checkpoint.tokenizer);
    this.loaded = { checkpoint, tokenizer, models: new Map() };
    return this.loaded;
  }

  private async unload(): Promise<void> {
    const models = [...(this.loaded?.models.values() ?? [])];
    this.loaded = undefined;
    for (const model of models) await (await model).dispose();
  }

  private async model(loaded: Loaded, batch: number, context: number): Promise<Model> {
    const key = `${batch}x${context}`;
    const known = loaded.models.get(key);
    if (known !== undefined) return known;
    const { architecture, record, state } = loaded.checkpoint;
    const { configuration } = record;
    // A checkpoint from another machine may name a device that is not here.
    const device = await this.engine.choose(configuration.device).then(
      (chosen) => chosen.name,
      () => 'auto' as const,
    );
    const model = this.engine.model(
      { architecture, shape: { batch, context }, device, threads: configuration.threads },
      state.parameters,
    );
    loaded.models.set(key, model);
    // A failed build is not kept, so that the next question may try again.
    model.catch(() => loaded.models.delete(key));
    return model;
  }

  /** Loss of every token of the text given those before it in its window of the model's context. */
  private async evaluate(loaded: Loaded, text: string): Promise<InferenceAnswers['evaluate']> {
    const { tokenizer, checkpoint } = loaded;
    const ids = withStart(tokenizer, tokenizer.encode(text));
    if (ids.length < 2) throw tooShort(text);
    const scored = ids.length - 1;
    const context = Math.min(checkpoint.architecture.context, roundUp(scored));
    const model = await this.model(loaded, 1, context);
    const perToken: InferenceAnswers['evaluate']['perToken'] = [];
    let nats = 0;
    let bytes = 0;
    for (let start = 0; start < scored; start += context) {
      const count = Math.min(context, scored - start);
      const inputs = new Int32Array(context);
      const targets = new Int32Array(context);
      const mask = new Float32Array(context);
      inputs.set(ids.subarray(start, start + count));
      targets.set(ids.subarray(start + 1, start + 1 + count));
      mask.fill(1, 0, count);
      const { losses } = await model.evaluate({ inputs, targets, mask });
      for (let at = 0; at < count; at++) {
        const id = targets[at]!;
        nats += losses[at]!;
        bytes += tokenizer.tokenBytes(id).length;
        perToken.push({ token: tokenizer.decode([id]), id, logProbability: -losses[at]! });
      }
    }
    const loss = nats / scored;
    return {
      loss,
      perplexity: Math.exp(loss),
      bitsPerByte: nats / Math.LN2 / Math.max(1, bytes),
      tokens: scored,
      perToken,
    };
  }

  /** Statistics over whole windows of the text; a text shorter than one window is its own window. */
  private async inspect(loaded: Loaded, text: string): Promise<InferenceAnswers['inspect']> {
    const { tokenizer, checkpoint } = loaded;
    const ids = withStart(tokenizer, tokenizer.encode(text));
    if (ids.length < 2) throw tooShort(text);
    const context = Math.min(checkpoint.architecture.context, ids.length);
    const batch = Math.min(inspectedWindows, Math.floor(ids.length / context));
    const inputs = ids.slice(0, batch * context);
    const model = await this.model(loaded, batch, context);
    const targets = new Int32Array(inputs.length);
    const layers = await model.probe({ inputs, targets });
    return probeStatistics(checkpoint.architecture, layers, checkpoint.step);
  }

  private async sample(
    loaded: Loaded,
    request: Extract<InferenceRequest, { kind: 'sample' }>,
  ): Promise<InferenceAnswers['sample']> {
    const { tokenizer, checkpoint } = loaded;
    const { vocabulary } = checkpoint.architecture;
    const ids = [...withStart(tokenizer, tokenizer.encode(request.prompt))];
    if (ids.length === 0) {
      throw new FinegrainError(
        'input.invalid',
        'prompt is empty, and this tokenizer has no end-of-text token to begin with.',
        'Give a prompt of at least one character.',
      );
    }
    const context = Math.min(checkpoint.architecture.context, roundUp(ids.length + request.tokens));
    const model = await this.model(loaded, 1, context);
    const random = randomFrom(request.seed);
    const made: number[] = [];
    while (made.length < request.tokens) {
      const window = ids.slice(-context);
      const inputs = new Int32Array(context);
      inputs.set(window);
      const logits = await model.logits(inputs);
      const last = logits.subarray((window.length - 1) * vocabulary, window.length * vocabulary);
      // Ids beyond the tokenizer's were never trained and have no text.
      const next = pickToken(last.subarray(0, Math.min(vocabulary, tokenizer.vocabulary)), request, random);
      if (next === tokenizer.endOfText) break;
      ids.push(next);
      made.push(next);
    }
    return { text: tokenizer.decode(made), ids: made };
  }
}

/** Training texts are joined by the end-of-text token, so it also stands before the first token of a text. */
function withStart(tokenizer: Tokenizer, ids: Int32Array): Int32Array {
  return tokenizer.endOfText === null ? ids : Int32Array.from([tokenizer.endOfText, ...ids]);
}

/** The next power of two from 16 on: few programs serve texts of every length. */
function roundUp(length: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(length)));
}

function tooShort(text: string): FinegrainError {
  return new FinegrainError(
    'input.invalid',
    `text has ${text.length} characters, too few for a single prediction.`,
    'Give a longer text.',
  );
}
