// How a test of types says what it expects:
//   holds<Equal<typeof x, string>>();
// and, for a misuse that must not compile, `// @ts-expect-error why` above it.

/** `true` when two types are the same for the compiler: `any`, `readonly` and `?` make a difference. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles for `true` only. */
export function holds<Fact extends true>(..._: Fact[]): void {}
