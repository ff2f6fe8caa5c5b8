/**
 * Questions to a checkpoint: its loss on a text, what its layers do on it, and text from it. Runs in the training
 * process module, started as a process of its own, so that neither a native crash nor a long computation touches the
 * host. The checkpoint asked last stays loaded.
 */
import { expandLayers } from '../../shared/architecture/document.ts';
import { FinegrainError } from '../../shared/errors.ts';
import type { DisabledTop1 } from '../../shared/methods/method.ts';
import type { Doctor, Outputs } from '../../shared/rpc/contract.ts';
import type { Probe } from '../../shared/run/probe.ts';
import { type AttentionReading, readableWindows, type TokenReading } from '../../shared/run/reading.ts';
import { createEngine } from '../engine/index.ts';
import { type InferenceProfile, profileInference } from '../engine/probe/profile.ts';
import { mergeProbes, probeStatistics } from '../engine/probe/statistics.ts';
import type { EngineRequest, Model } from '../engine/types.ts';
import { type LoadedCheckpoint, readCheckpoint } from '../host/checkpoints.ts';
import type { Tokenizer } from '../text/bpe/tokenizer.ts';
import { readTokenizerJson } from '../text/bpe/tokenizerJson.ts';
import { headMaps } from './analyses/attentionMap.ts';
import { layersToDisable } from './analyses/disable.ts';
import { type PositionLosses, positionLosses } from './analyses/losses.ts';
import { type Routes, routesOf } from './analyses/routes.ts';
import { countedRows } from './analyses/rows.ts';
import { type MapSimilarity, mapSimilarity } from './analyses/similarity.ts';
import { readTokens } from './analyses/tokens.ts';
import { checkContext, checkMaps } from './contextMemory.ts';
import { encodeText, readWindows, roundUp, type Windows, withStart } from './passage.ts';
import type { InferenceRequest } from './protocol.ts';
import { pickToken, randomFrom } from './sampling.ts';

export interface InferenceAnswers {
  evaluate: Outputs['runs.evaluate'];
  inspect: Outputs['runs.inspect'];
  sample: Outputs['runs.sample'];
  losses: PositionLosses;
  /** `tokens`: the texts of the first `shown` ids. */
  routes: Routes & { readonly tokens: string[] };
  statistics: Probe;
  similarity: MapSimilarity;
  tokens: Omit<TokenReading, 'source'>;
  attention: Omit<AttentionReading, 'source'>;
  profile: InferenceProfile & { readonly step: number };
  devices: Pick<Doctor, 'devices' | 'chosen'>;
}

type Request<Kind extends InferenceRequest['kind']> = Extract<InferenceRequest, { kind: Kind }>;

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
    switch (request.kind) {
      case 'evaluate':
        return this.evaluate(loaded, request);
      case 'inspect':
        return this.inspect(loaded, request.text);
      case 'sample':
        return this.sample(loaded, request);
      case 'losses':
        return this.losses(loaded, request);
      case 'routes':
        return this.routes(loaded, request);
      case 'statistics':
        return this.statistics(loaded, request);
      case 'similarity':
        return this.similarity(loaded, request);
      case 'tokens':
        return this.tokens(loaded, request);
      case 'attention':
        return this.attention(loaded, request);
      case 'profile':
        return this.profile(loaded, request);
    }
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

  private async engineRequest({ checkpoint }: Loaded, shape: EngineRequest['shape']): Promise<EngineRequest> {
    const { architecture, record, buffers } = checkpoint;
    const { configuration } = record;
    // A checkpoint from another machine may name a device that is not here.
    const device = await this.engine.choose(configuration.device).then(
      (chosen) => chosen.name,
      () => 'auto' as const,
    );
    return { architecture, shape, device, threads: configuration.threads, buffers };
  }

  private async model(loaded: Loaded, batch: number, context: number): Promise<Model> {
    const key = `${batch}x${context}`;
    const known = loaded.models.get(key);
    if (known !== undefined) return known;
    const request = await this.engineRequest(loaded, { batch, context });
    const model = this.engine.model(request, loaded.checkpoint.state.parameters);
    loaded.models.set(key, model);
    // A failed build is not kept, so that the next question may try again.
    model.catch(() => loaded.models.delete(key));
    return model;
  }

  /** The windows of a passage, and a program of their shape. */
  private async reading(
    loaded: Loaded,
    request: Pick<Request<'losses'>, 'passage' | 'windows' | 'context'>,
    batch?: number,
  ): Promise<{ model: Model; windows: Windows }> {
    const { architecture } = loaded.checkpoint;
    const context = request.context ?? architecture.context;
    checkContext(architecture, context);
    const windows = readWindows(request.passage, loaded.tokenizer, {
      context,
      windows: request.windows,
      ...(batch === undefined ? {} : { batch }),
    });
    return { windows, model: await this.model(loaded, windows.batch, windows.context) };
  }

  private async losses(loaded: Loaded, request: Request<'losses'>): Promise<PositionLosses> {
    const { model, windows } = await this.reading(loaded, request);
    return this.lossesOf(loaded, model, windows, request.disableTop1);
  }

  /** Refuses to disable what a model does not have: a method without a router would go on as if nothing was asked. */
  private async lossesOf(
    loaded: Loaded,
    model: Model,
    windows: Windows,
    disableTop1: DisabledTop1,
  ): Promise<PositionLosses> {
    const { architecture, step } = loaded.checkpoint;
    if (disableTop1 !== 'none') {
      const first = { ...windows, batches: windows.batches.slice(0, 1) };
      layersToDisable(await routesOf(model, first, architecture, step, 0));
    }
    return positionLosses(model, windows, step, disableTop1);
  }

  private async routes(loaded: Loaded, request: Request<'routes'>): Promise<InferenceAnswers['routes']> {
    const { model, windows } = await this.reading(loaded, request);
    const { architecture, step } = loaded.checkpoint;
    const routes = await routesOf(model, windows, architecture, step, request.shown);
    const shown = [...routes.ids.subarray(0, request.shown)];
    return { ...routes, tokens: shown.map((id) => loaded.tokenizer.decode([id])) };
  }

  /** Over the counted positions; a probe as the training loop logs it. */
  private async statistics(loaded: Loaded, request: Request<'statistics'>): Promise<Probe> {
    const { model, windows } = await this.reading(loaded, request);
    const { architecture, step } = loaded.checkpoint;
    const probes: Probe[] = [];
    for (const batch of windows.batches) {
      const layers = countedRows(await model.probe(batch), batch.mask);
      probes.push(probeStatistics(architecture, layers, step));
    }
    return mergeProbes(probes);
  }

  private async similarity(loaded: Loaded, request: Request<'similarity'>): Promise<MapSimilarity> {
    const { architecture, step } = loaded.checkpoint;
    checkMaps(architecture, request.context ?? architecture.context);
    const { model, windows } = await this.reading(loaded, request, 1);
    return mapSimilarity(model, windows, step);
  }

  /** The stretch of a passage that is looked at token by token: windows that follow each other, one sequence a batch. */
  private stretch(
    { tokenizer, checkpoint }: Loaded,
    { passage, window, tokens }: Request<'tokens' | 'attention'>,
    context: number,
  ): { windows: Windows; window: number; available: number; cut: boolean } {
    const found = readWindows(passage, tokenizer, {
      context: Math.min(context, checkpoint.architecture.context, tokens),
      windows: passage.kind === 'text' ? Number.MAX_SAFE_INTEGER : readableWindows,
      batch: 1,
    });
    const kept =
      passage.kind === 'text'
        ? found.batches.slice(0, Math.max(1, Math.floor(tokens / found.context)))
        : found.batches.slice(Math.min(window, found.batches.length - 1)).slice(0, 1);
    const counted = kept.flatMap((batch) => [...batch.mask]).filter((mask) => mask !== 0).length;
    return {
      windows: { ...found, batches: kept, tokens: counted },
      window: passage.kind === 'text' ? 0 : Math.min(window, found.batches.length - 1),
      available: passage.kind === 'text' ? 1 : found.batches.length,
      cut: passage.kind === 'text' && counted < found.tokens,
    };
  }

  private async tokens(loaded: Loaded, request: Request<'tokens'>): Promise<InferenceAnswers['tokens']> {
    const { tokenizer } = loaded;
    const { architecture, step } = loaded.checkpoint;
    const { windows, window, available, cut } = this.stretch(loaded, request, architecture.context);
    const model = await this.model(loaded, 1, windows.context);
    const found = await readTokens(model, windows, architecture, step, {
      size: tokenizer.vocabulary,
      text: (id) => tokenizer.decode([id]),
      bytes: (id) => tokenizer.tokenBytes(id).length,
    });
    return { ...found, window, windows: available, cut };
  }

  private async attention(
    loaded: Loaded,
    request: Request<'attention'>,
  ): Promise<InferenceAnswers['attention']> {
    const { architecture, step } = loaded.checkpoint;
    const { layer, head } = request;
    const heads = expandLayers(architecture).map(({ attention }) => attention.heads);
    if (heads[layer] === undefined || head >= heads[layer]) {
      throw new FinegrainError(
        'input.invalid',
        heads[layer] === undefined
          ? `layer: the model has ${heads.length} layers; ${layer + 1} was asked for.`
          : `head: layer ${layer + 1} has ${heads[layer]} heads; ${head + 1} was asked for.`,
        'Choose one that the model has.',
      );
    }
    const { windows } = this.stretch(loaded, request, architecture.context);
    checkMaps(architecture, windows.context);
    const [batch] = windows.batches;
    const model = await this.model(loaded, 1, windows.context);
    const count = batch!.mask.filter((mask) => mask !== 0).length;
    return {
      step,
      tokens: [...batch!.inputs.subarray(0, count)].map((id) => loaded.tokenizer.decode([id])),
      layer,
      head,
      ...headMaps(await model.probe(batch!, 'attention'), layer, head, count),
    };
  }

  private async profile(loaded: Loaded, request: Request<'profile'>): Promise<InferenceAnswers['profile']> {
    const { architecture, state, step } = loaded.checkpoint;
    const context = request.context ?? architecture.context;
    checkContext(architecture, context);
    const own = await this.engineRequest(loaded, { batch: request.batch, context });
    const wanted = { ...own, device: request.device ?? 'cpu' } as const;
    return { step, ...(await profileInference(wanted, state.parameters, request.repeats)) };
  }

  /** Loss of every token of the text given those before it in its window of the model's context. */
  private async evaluate(
    loaded: Loaded,
    request: Request<'evaluate'>,
  ): Promise<InferenceAnswers['evaluate']> {
    const { tokenizer } = loaded;
    const passage = { kind: 'text', text: request.text } as const;
    const all = { passage, windows: Number.MAX_SAFE_INTEGER, context: request.context };
    const { model, windows } = await this.reading(loaded, all, 1);
    const { targets, losses } = await this.lossesOf(loaded, model, windows, request.disableTop1);
    const perToken: InferenceAnswers['evaluate']['perToken'] = [];
    let nats = 0;
    let bytes = 0;
    targets.forEach((id, at) => {
      nats += losses[at]!;
      bytes += tokenizer.tokenBytes(id).length;
      perToken.push({ token: tokenizer.decode([id]), id, logProbability: -losses[at]! });
    });
    const loss = nats / targets.length;
    return {
      loss,
      perplexity: Math.exp(loss),
      bitsPerByte: nats / Math.LN2 / Math.max(1, bytes),
      tokens: targets.length,
      perToken,
    };
  }

  /** Statistics over whole windows of the text; a text shorter than one window is its own window. */
  private async inspect(loaded: Loaded, text: string): Promise<InferenceAnswers['inspect']> {
    const { tokenizer, checkpoint } = loaded;
    const ids = encodeText(tokenizer, text);
    const context = Math.min(checkpoint.architecture.context, ids.length);
    const batch = Math.min(inspectedWindows, Math.floor(ids.length / context));
    const inputs = ids.slice(0, batch * context);
    const model = await this.model(loaded, batch, context);
    const targets = new Int32Array(inputs.length);
    const layers = await model.probe({ inputs, targets });
    return probeStatistics(checkpoint.architecture, layers, checkpoint.step, Number.POSITIVE_INFINITY);
  }

  private async sample(loaded: Loaded, request: Request<'sample'>): Promise<InferenceAnswers['sample']> {
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
