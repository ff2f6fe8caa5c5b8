/** The compiled training step on ONNX Runtime's cpu provider equals PyTorch. */
import { describeEngine } from './engine.ts';
import { fixtureNames } from './fixture.ts';

describeEngine('cpu', fixtureNames);
