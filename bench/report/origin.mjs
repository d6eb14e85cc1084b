// Where figures come from, in words: the machine, what was measured on it, and how often.

export function origin({ place, machine: { cpu, cores, system }, made, version, wasm }, others = []) {
  const measured = [`normlayers ${version} (module ${wasm})`, ...others];
  return `${place}, ${cpu} (${cores} cores), ${system}, ${made.slice(0, 10)}.\n${measured.join('; ')}.`;
}

export const rounds = ({ settings: { rounds: count, ms, warm } }) =>
  `Medians of ${count} rounds of at least ${ms} ms or one call, after a warm-up of ${warm} ms.`;
