// `npm run bench -- io`: echo over TCP, the load in a process of its own; see bench/README.md, section "Echo over TCP".
// Peers take turns within a round. What counts most is the server's CPU time per request: the rate is bounded by the
// load too, which on a small machine may be the slower one.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { installedNodes, ROOT } from '../harness/contestants.ts';
import { loadNow, machine } from '../report/record.ts';
import { findPeers, measure, type Peer, type Sample } from './peers.ts';
import { type CaseResult, judge, rowsOf, table, titleOf } from './report.ts';

const USAGE = `Usage: npm run bench -- io [options] [SIZE:CONNECTIONS...]

  --quick            one short round: about three minutes, rougher numbers
  --rounds N         rounds (default 3; with --quick 1)
  --seconds N        measured seconds of each sample (default 2; with --quick 1)
  --peers KEY,…      these only: net, protocol, generator, async, asyncio-protocol, asyncio-streams,
                     uvloop-protocol, uvloop-streams
  --nodes            also on every Node installed by scripts/nodes
  --node PATH        also on this binary; may be repeated
  --help             this text

Without cases: 1 and 64 KiB with 1, 10, 100 and 1,000 connections. A whole run of all of them (some ten minutes) replaces
bench/results/io.json and the table in bench/README.md; any other leaves its results in .build/bench-results/.`;

const ALL = [1024, 65_536].flatMap((size) => [1, 10, 100, 1000].map((n) => `${size}:${n}`));
const README = new URL('bench/README.md', ROOT);
const BEGIN = '<!-- echo table: written by npm run bench -- io -->\n';
const END = '\n<!-- end of echo table -->';

function readOptions(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      peers: { type: 'string' },
      nodes: { type: 'boolean', default: false },
      node: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  const cases = (positionals.length === 0 ? ALL : positionals).map((text) => {
    const [size = 0, connections = 0] = text.split(':').map(Number);
    if (!(Number.isInteger(size) && size > 0 && Number.isInteger(connections) && connections > 0)) {
      throw new Error(`A case is SIZE:CONNECTIONS (1024:100), not ${text}.`);
    }
    return { size, connections };
  });
  const count = (text: string | undefined, otherwise: number): number => {
    const number = text === undefined ? otherwise : Number(text);
    if (!(number > 0)) throw new Error(`--rounds and --seconds want numbers above zero.`);
    return number;
  };
  return {
    ...values,
    cases,
    rounds: count(values.rounds, values.quick ? 1 : 3),
    seconds: count(values.seconds, values.quick ? 1 : 2),
    whole: !values.quick && values.peers === undefined && positionals.length === 0,
  };
}

/** The whole benchmark; the answer is the exit code. */
export async function benchIo(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const nodes = [...(options.nodes ? await installedNodes() : []), ...options.node];
  const found = await findPeers(nodes);
  const only = options.peers?.split(',');
  const peers = found.peers.filter(
    ({ key }) => only === undefined || only.includes(key.replace(/@.*/, '')),
  );
  for (const words of found.missing) console.error(`MISSING: ${words}`);
  const begin = performance.now();
  const before = loadNow();
  const results: CaseResult[] = [];
  for (const { size, connections } of options.cases) {
    const samples = new Map<string, Sample[]>();
    for (let round = 0; round < options.rounds; round++) {
      for (const peer of turned(peers, round / options.rounds)) {
        if (process.stderr.isTTY) {
          process.stderr.write(
            `\r\u001b[K${size}:${connections}, round ${round + 1}: ${peer.label}`,
          );
        }
        const sample = await measure(peer, size, connections, options.seconds);
        samples.set(peer.key, [...(samples.get(peer.key) ?? []), sample]);
      }
    }
    const result = { size, connections, rows: rowsOf(peers, samples) };
    results.push(result);
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    console.log(`\n${titleOf(result)}`);
    for (const row of result.rows) {
      const { label, group } = peers.find(({ key }) => key === row.peer)!;
      const toNet = row.toNet === undefined ? '' : `${row.toNet.toFixed(2)} × net`;
      const toUvloop =
        row.toUvloop === undefined ? '' : `${row.toUvloop.toFixed(2)} × uvloop's streams' rate`;
      console.log(
        `  ${`${label} ${group}`.padEnd(42)} ${row.cpu.toFixed(1).padStart(7)} µs ${toNet.padStart(12)} ` +
          `${row.rate.toFixed(0).padStart(8)}/s  ${toUvloop}`,
      );
    }
  }
  const verdicts = judge(peers, results);
  console.log('\nTargets');
  for (const { case: title, peer, target, reached, found: value } of verdicts) {
    console.log(`  ${reached ? 'reached' : 'MISSED '}  ${peer}: ${target}: ${value} (${title})`);
  }
  const after = loadNow();
  const record = {
    schema: 1,
    date: new Date().toISOString().slice(0, 10),
    rounds: options.rounds,
    seconds: Math.round((performance.now() - begin) / 1000),
    machine: machine(),
    load: { before, after },
    peers: peers.map(({ key, label, runtime }) => ({ key, label, runtime })),
    cases: results,
    targets: verdicts,
  };
  const place = options.whole ? 'bench/results/' : '.build/bench-results/';
  const folder = new URL(place, ROOT);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('io.json', folder), `${JSON.stringify(record, null, 2)}\n`);
  if (options.whole) await writeTable(table(peers, results));
  console.log(
    `\nKept in ${place}io.json. ${record.seconds} s; load before ${before}, after ${after}.`,
  );
  return 0;
}

/** Another one begins in each round, so that nobody always comes behind the same one, or last. */
function turned(peers: readonly Peer[], part: number): Peer[] {
  const first = Math.floor(peers.length * part);
  return [...peers.slice(first), ...peers.slice(0, first)];
}

async function writeTable(text: string): Promise<void> {
  const readme = await readFile(README, 'utf8');
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from)
    throw new Error('bench/README.md has lost the marks of the echo table.');
  await writeFile(README, `${readme.slice(0, from + BEGIN.length)}\n${text}\n${readme.slice(to)}`);
}
