// What the parts of the benchmark say to each other: samples, cases, targets, results.

/** The contestants. `generator` and `async` are this library's two kinds of coroutine. */
export type PeerId =
  'generator' | 'async' | 'native' | 'effect' | 'effection' | 'asyncio' | 'uvloop';

/** What the programs are timed by. */
export type ClockKind = 'wall' | 'cpu';

/** The variable of the environment that tells a child its clock; also in python_peer.py. */
export const CLOCK_VARIABLE = 'BENCH_CLOCK';

/** One measurement: a value per metric, per operation (nanoseconds, or bytes where the case says so). */
export type Sample = Readonly<Record<string, number>>;

/** A program of one peer for one case: does `n` operations and says what each took. */
export type Program = (n: number) => Promise<Sample>;

/** The programs of one peer, by case. A case that is absent cannot be done by that peer. */
export type Programs = Readonly<Record<string, Program>>;

/** What a child process is asked to do; the same words for Node and Python children. */
export interface Order {
  readonly peer: PeerId;
  readonly case: string;
  /** Operations in one call of the program. */
  readonly size: number;
  /** Operations in one call while warming up; 0: no warm-up. */
  readonly warmupSize: number;
  readonly warmupMs: number;
  /** The program is called at least so often before it counts. */
  readonly minWarmups: number;
  /** Samples are taken until this time has gone by … */
  readonly budgetMs: number;
  /** … and there are at least this many. */
  readonly minSamples: number;
}

export interface Metric {
  readonly id: string;
  /** Shown after the case's title; empty when the case has one metric. */
  readonly title: string;
  readonly unit: 'ns' | 'bytes';
}

/** A number to reach. Targets are reported; a missed one never fails a run. */
export type Target =
  | {
      /** `against` must take at least `times` as long as `peer`. */
      readonly kind: 'times';
      readonly peer: PeerId;
      readonly against: PeerId;
      readonly times: number;
      readonly metric?: string;
      /** Major versions of Node for which it is meant; absent: every one that is measured. */
      readonly nodes?: readonly number[];
    }
  | {
      readonly kind: 'atMost';
      readonly peer: PeerId;
      readonly limit: number;
      readonly metric: string;
    }
  | {
      /** What one operation costs may be at most `factor` times what it costs in `smallerCase`. */
      readonly kind: 'growth';
      readonly peer: PeerId;
      readonly smallerCase: string;
      readonly factor: number;
      readonly metric: string;
    };

export interface Size {
  readonly full: number;
  readonly quick: number;
}

export interface Case {
  readonly id: string;
  /** `{n}` stands for the size. */
  readonly title: string;
  /** What one operation is, in words: the unit that the numbers are divided by. */
  readonly operation: string;
  readonly metrics: readonly Metric[];
  readonly size: Size;
  /** Smaller programs for peers whose cost per operation would blow the time box. */
  readonly sizeFor?: Readonly<Partial<Record<PeerId, Size>>>;
  /** Operations per warm-up call; default: `size`. 0: a fresh process without warm-up (memory). */
  readonly warmupSize?: number;
  /** Warm-up calls at the least; default 1. Timers spend most of a call waiting, so time alone warms nothing. */
  readonly minWarmups?: number;
  /** Heavy cases take fewer samples in fewer rounds. */
  readonly heavy?: boolean;
  /** Why a peer takes no part. */
  readonly absent: Readonly<Partial<Record<PeerId, string>>>;
  readonly targets: readonly Target[];
}

/** Median, least and greatest of what the rounds said. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** A peer as it is run: on the current Node, on another one, or in Python. */
export interface Contestant {
  /** `generator`, or `generator@24` on another Node than the current one. */
  readonly key: string;
  readonly peer: PeerId;
  readonly label: string;
  /** Version of the runtime: of Node or of Python. */
  readonly runtime: string;
  /** Version of the library that is measured, where it is not the runtime itself. */
  readonly library?: string;
  /** Major version of Node; absent for Python. */
  readonly nodeMajor?: number;
  /** The program to start; not written to the results. */
  readonly executable: string;
}

/** case → contestant → metric */
export type Results = Record<string, Record<string, Record<string, Spread>>>;
