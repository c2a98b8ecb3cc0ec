// What every peer runs. Piscina finds it here by name.

export function empty(x: number): number {
  return x;
}

/** Some tens of milliseconds of arithmetic, the same everywhere. */
export function compute(rounds: number): number {
  let state = 1;
  for (let i = 0; i < rounds; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state;
}
