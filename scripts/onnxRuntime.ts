/**
 * The environment in which onnxruntime-node's install script fetches the CUDA files of this platform. Its documented value
 * `cuda12` does nothing: the script (1.30) forgets to return a named value, takes the flag for absent, and under `npm run`
 * then leaves at once. It also comes before `onnxruntime-node-install=skip` of .npmrc.
 */
export const fetchesCuda = { ONNXRUNTIME_NODE_INSTALL: 'true' } as const;
