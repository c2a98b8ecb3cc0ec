// In debug mode: the places where the coroutines were called that an async function of a task is inside of now. The host
// does not tell who awaits whom, so that an awaited coroutine leaves its place here until it ends.
import type { Site } from './format.ts';
import type { GeneratorBody, Steps } from './traps.ts';

const open = new WeakMap<object, Site[]>();

/** `task` goes on inside the coroutine that was called at `site`; the answer ends that. */
export function openSite(task: object, site: Site): () => void {
  const sites = open.get(task);
  if (sites === undefined) open.set(task, [site]);
  else sites.push(site);
  return () => {
    const list = open.get(task) as Site[];
    list.splice(list.lastIndexOf(site), 1);
  };
}

/** `body`, run inside the coroutine that was called at `site`. */
export function* insideSite(task: object, site: Site, body: Steps): GeneratorBody<unknown> {
  const close = openSite(task, site);
  try {
    return yield* body as GeneratorBody<unknown>;
  } finally {
    close();
  }
}

/** The frames of `innermost`, and of what `task` is inside of, innermost first, each place once. */
export function framesThrough(task: object, innermost: Site | null): string[] {
  const sites = [...(open.get(task) ?? [])];
  if (innermost !== null) sites.push(innermost);
  const seen = new Set<string>();
  const frames: string[] = [];
  for (const frame of sites.reverse().flatMap((site) => site.frames())) {
    // The same await, called and awaited, differs in its column.
    const place = frame.replace('at async ', 'at ').replace(/:\d+\)?$/, '');
    if (!seen.has(place)) frames.push(frame);
    seen.add(place);
  }
  return frames;
}
