/**
 * `npm run setup:cuda`: fetches what an NVIDIA card needs and no registry carries: ONNX Runtime's CUDA provider (CUDA 12
 * and cuDNN 9 must be installed) and TensorFlow's library for the eager path (CUDA 11). Each is optional; each says in
 * one line what came of it.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hasCommand } from './chromium.ts';
import { shortReason } from './electron.ts';
import { fetchesCuda } from './onnxRuntime.ts';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const limit = 1_800_000; // ms; both are several hundred MB

const outcomes = [driver(), await onnxRuntime(), await tensorFlow()];
process.exitCode = outcomes.slice(1).some(Boolean) ? 0 : 1;

function driver(): boolean {
  const present = hasCommand('nvidia-smi');
  console.log(
    present
      ? 'NVIDIA driver: found.'
      : 'NVIDIA driver: not found (no nvidia-smi); the files below will not run until one is installed.',
  );
  return present;
}

async function onnxRuntime(): Promise<boolean> {
  const folder = 'node_modules/onnxruntime-node';
  const provider = `${folder}/bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`;
  const name = 'ONNX Runtime CUDA provider';
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(`${name}: made for Linux on x64 only; here, the webgpu device uses the graphics card.`);
    return false;
  }
  if (existsSync(provider)) return say(name, null);
  return say(name, await attempt(`${folder}/script/install.js`, folder, fetchesCuda, provider));
}

async function tensorFlow(): Promise<boolean> {
  const folder = 'node_modules/@tensorflow/tfjs-node-gpu';
  const name = 'TensorFlow GPU library';
  if (!existsSync(folder)) {
    console.log(
      `${name}: @tensorflow/tfjs-node-gpu is not installed; run \`npm ci\` without --omit=optional.`,
    );
    return false;
  }
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as {
    scripts: { install?: string };
  };
  const install = manifest.scripts.install ?? '';
  const [, script, args = ''] = /^node (\S+)(.*)$/.exec(install) ?? [];
  const binding = `${folder}/lib/napi-v8/tfjs_binding.node`;
  if (script === undefined) {
    console.log(`${name}: its installer is not the one known here (${install}).`);
    return false;
  }
  if (existsSync(binding)) return say(name, null);
  return say(
    name,
    await attempt(`${folder}/${script}`, folder, {}, binding, args.trim().split(/\s+/).filter(Boolean)),
  );
}

/** Runs a package's own install script in its folder. Resolves to null when `result` is there after it, else to why not. */
function attempt(
  script: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
  result: string,
  args: readonly string[] = [],
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL(`../${script}`, import.meta.url)), ...args],
      {
        cwd: folder,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: limit,
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output = (output + text).slice(-8000);
      });
    }
    child.on('error', (error) => resolve(error.message));
    child.on('close', () => resolve(existsSync(result) ? null : shortReason(output)));
  });
}

function say(name: string, problem: string | null): boolean {
  console.log(problem === null ? `${name}: installed.` : `${name}: not installed: ${problem}.`);
  return problem === null;
}
