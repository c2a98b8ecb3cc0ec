// A polite crawler: at most so many requests at a time, a time limit for each page, and an end when nothing new is
// linked any more. It crawls a site of 500 pages that it starts itself, on this machine: pages link in loops, some
// are broken, some never answer. What the site saw is compared with what the crawler says.
//
//   node scripts/run-program.mjs examples/crawler.ts [requests at a time] [seconds for a page]
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  asyncWith,
  run,
  Semaphore,
  signal,
  sleep,
  TaskGroup,
  timeout,
  TimeoutError,
} from 'asyncio-ts';

const PAGES = 500;

type Outcome = 'ok' | 'broken' | 'too slow';

/** Crawls everything that can be reached from `start`, and says how each page went. */
async function crawl(
  start: string,
  atATime: number,
  seconds: number,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const seen = new Set([start]);
  const polite = new Semaphore(atATime);

  await asyncWith(new TaskGroup(), (tasks) => {
    // One task for each page. The group ends when the last of them has ended: nothing is left to find.
    async function visit(url: string): Promise<void> {
      const [outcome, links] = await asyncWith(polite, () => fetchLinks(url, seconds));
      outcomes.set(url, outcome);
      for (const link of links) {
        if (seen.has(link)) continue;
        seen.add(link);
        tasks.createTask(() => visit(link), { name: link });
      }
    }
    tasks.createTask(() => visit(start), { name: start });
  });
  return outcomes;
}

/** One page: how it went, and what it links to. */
async function fetchLinks(url: string, seconds: number): Promise<[Outcome, string[]]> {
  try {
    return await timeout(seconds, async () => {
      // The task's signal: when the time is up, the request is aborted, not just forgotten.
      const response = await fetch(url, { signal: signal() });
      const text = await response.text();
      if (!response.ok) return ['broken', []];
      const links = [...text.matchAll(/href="([^"]+)"/g)];
      return ['ok', links.map(([, link]) => new URL(link as string, url).href)];
    });
  } catch (error) {
    if (error instanceof TimeoutError) return ['too slow', []];
    // The connection broke off. Everything else (a cancellation, above all) is not ours to catch.
    if (error instanceof TypeError) return ['broken', []];
    throw error;
  }
}

/** The site, and what it saw of its visitors. */
class Site {
  readonly served = new Map<number, number>();
  /** Requests for pages that never answer, whose visitor has hung up. */
  hungUp = 0;
  mostAtATime = 0;
  #now = 0;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/0`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  static expected(page: number): Outcome {
    if (page === 0) return 'ok';
    if (page % 50 === 17) return 'too slow';
    return page % 41 === 5 || page % 97 === 11 ? 'broken' : 'ok';
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const page = Number(request.url?.slice(1));
    this.served.set(page, (this.served.get(page) ?? 0) + 1);
    this.mostAtATime = Math.max(this.mostAtATime, ++this.#now);
    response.once('close', () => {
      this.#now--;
      if (!response.writableEnded && Site.expected(page) === 'too slow') this.hungUp++;
    });
    if (Site.expected(page) === 'too slow') return;
    if (page % 97 === 11 && page !== 0) {
      request.socket.destroy();
      return;
    }
    response.statusCode = Site.expected(page) === 'broken' ? 500 : 200;
    response.end(
      links(page)
        .map((to) => `<a href="/${to}">page ${to}</a>`)
        .join('\n'),
    );
  }
}

/** Onward, a few in all directions, and back to where the visitor came from: loops everywhere. */
function links(page: number): number[] {
  return [page + 1, page + 2, page + 3, page * 7 + 1, page - 1, page].map(
    (to) => (to + PAGES) % PAGES,
  );
}

async function main(): Promise<number> {
  const atATime = Number(process.argv[2] ?? 8);
  const seconds = Number(process.argv[3] ?? 0.25);
  const site = new Site();
  const start = await site.open();
  let outcomes: Map<string, Outcome>;
  try {
    outcomes = await crawl(start, atATime, seconds);
    // The site learns of the last hang-ups a moment later.
    await sleep(0.05);
  } finally {
    site.close();
  }

  const count = (outcome: Outcome): number =>
    [...outcomes.values()].filter((one) => one === outcome).length;
  console.log(
    `${outcomes.size} pages: ${count('ok')} ok, ${count('broken')} broken, ${count('too slow')} too slow`,
  );
  console.log(
    `at most ${site.mostAtATime} requests at a time; ${site.hungUp} requests were aborted`,
  );

  const wrong = [...outcomes].filter(
    ([url, outcome]) => Site.expected(Number(url.split('/').pop())) !== outcome,
  );
  for (const [url, outcome] of wrong) console.log(`not as the site says: ${url} ${outcome}`);
  const twice = [...site.served.values()].filter((times) => times > 1).length;
  if (twice > 0) console.log(`${twice} pages were fetched more than once`);
  const fine =
    wrong.length === 0 &&
    twice === 0 &&
    outcomes.size === PAGES &&
    site.mostAtATime <= atATime &&
    site.hungUp === count('too slow');
  return fine ? 0 : 1;
}

process.exitCode = await run(main);
