// A user of the browser's types: real ones fit where the declarations have stand-ins.

import { createRuntime, loadRuntime, tensor, zeros } from 'normlayers';

export async function load(): Promise<WebAssembly.Module> {
  const runtimes = await Promise.all([
    loadRuntime('normlayers.wasm'),
    loadRuntime(new URL('https://example.org/normlayers.wasm')),
    loadRuntime(await fetch('normlayers.wasm')),
    loadRuntime(fetch('normlayers.wasm')),
    loadRuntime(WebAssembly.compileStreaming(fetch('normlayers.wasm'))),
  ]);
  const bytes = new Uint8Array(await (await fetch('normlayers.wasm')).arrayBuffer());
  const module = new WebAssembly.Module(bytes);
  for (const runtime of [...runtimes, createRuntime({ bytes }), createRuntime({ module })]) runtime.dispose();
  return runtimes[0].module;
}

// `data` is accepted wherever a platform's API takes bytes.
const x = zeros([4]);
export const blob = new Blob([x.data, x.toTypedArray()]);
export const response = new Response(x.data);
export const random = tensor(crypto.getRandomValues(new Uint8Array(4)));
