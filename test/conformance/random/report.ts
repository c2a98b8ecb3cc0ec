/** Tells a person about a difference: the program in Python and in TypeScript side by side, and both traces. */
import { type Difference, firstDifference } from './compare.ts';
import { printPython } from './print-python.ts';
import { printTypeScript } from './print-typescript.ts';

/** The whole report as plain text. */
export function report(d: Difference): string {
  const programs = sideBySide(
    ['CPython', ...printPython(d.program).split('\n')],
    [`ours (${d.kind})`, ...printTypeScript(d.program, d.kind).split('\n')],
  );
  const at = firstDifference(d.reference, d.ours) ?? 0;
  const traces = sideBySide(
    ['CPython: time|who|statement|what', ...d.reference],
    ['ours', ...d.ours],
    (i) => (i - 1 === at ? '>' : ' '),
  );
  const origin = d.seed === '' ? '' : `seed ${d.seed}\n\n`;
  return `${origin}${programs}\n\n${traces}\n\n${JSON.stringify({ kind: d.kind, program: d.program })}\n`;
}

function sideBySide(
  left: readonly string[],
  right: readonly string[],
  mark: (i: number) => string = () => ' ',
): string {
  const width = Math.min(76, Math.max(...left.map((line) => line.length)));
  const out: string[] = [];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    out.push(`${mark(i)} ${(left[i] ?? '').padEnd(width)} | ${right[i] ?? ''}`.trimEnd());
    if (i === 0) out.push('-'.repeat(2 * width));
  }
  return out.join('\n');
}

/** What two differences of one cause have in common, as far as a text can tell: the program without its numbers. */
export function shapeOf(d: Difference): string {
  const numbers = new Map<string, number>();
  return printPython(d.program)
    .replace(/log\(me, \d+/g, 'log(me')
    .replace(/\b([a-z]+)(\d+)\b/g, (_, name: string, digits: string) => {
      const key = `${name}${digits}`;
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      return `${name}#${numbers.get(key)}`;
    });
}
