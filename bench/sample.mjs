// How long one run takes, in milliseconds: the mean over as many runs as fit into `ms`, at least one.
export function sample(run, ms) {
  const start = performance.now();
  let runs = 0;
  do {
    run();
    runs += 1;
  } while (performance.now() - start < ms);
  return (performance.now() - start) / runs;
}
