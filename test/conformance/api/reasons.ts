/** Why some public names of the reference have no counterpart here. The first pattern that fits a name says it. */
export const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^asyncio\.windows_(events|utils)\./,
    'Windows only: completion ports and their pipes belong to libuv here',
  ],
  [/^asyncio\.proactor_events\./, 'base class of the Windows loop'],
  [
    /^asyncio\.selector_events\./,
    'undocumented base class; the loop with a selector is SelectorEventLoop',
  ],
  [
    /^asyncio\.(get|set)_event_loop_policy$/,
    'deprecated in 3.14 and to be removed in 3.16; pass loopFactory to run() or Runner',
  ],
  [
    /^asyncio\.subprocess\.SubprocessStreamProtocol/,
    'undocumented: the protocol between Process and its transport',
  ],
  [
    /^asyncio\.StreamReaderProtocol/,
    'undocumented in detail: the protocol between the streams and their transport',
  ],
  [/^asyncio\.StreamReader\.set_transport$/, 'undocumented: called by the protocol only'],
  [
    /^concurrent\.futures\.ThreadPoolExecutor\.(BROKEN|prepare_context)$/,
    'undocumented: how an executor prepares its threads',
  ],
  [
    /^concurrent\.futures\.(as_completed|wait|ALL_COMPLETED|FIRST_COMPLETED|FIRST_EXCEPTION)$/,
    'blocking calls over many futures; wrapFuture() and then wait() or asCompleted() do it without blocking',
  ],
];
