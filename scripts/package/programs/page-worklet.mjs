// In a page that has an AudioWorklet answer. An offline context needs no sound card, and no click.
const context = new OfflineAudioContext(1, 128, 48_000);
await context.audioWorklet.addModule('/project/worklet.mjs');
const node = new AudioWorkletNode(context, 'answering');
node.port.onmessage = ({ data }) => {
  document.documentElement.dataset.answer = JSON.stringify(data);
};
node.connect(context.destination);
await context.startRendering();
