/**
 * What the public names of the reference that have no counterpart here are: not applicable for a reason, or planned.
 */

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
    /^concurrent\.futures\.ThreadPoolExecutor\.(BROKEN|prepare_context)$/,
    'undocumented: how an executor prepares its threads',
  ],
  [
    /^asyncio\.BaseEventLoop\.(create_|connect_|subprocess_|start_tls|sendfile|getaddrinfo|getnameinfo|run_)/,
    'the base loop knows no platform here, and no way to wait for it: EventLoop has it',
  ],
];

/** Names that are to come, and with what. */
export const PLANNED: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^asyncio\.SelectorEventLoop(\.|$)/,
    'with `asyncio-ts/selectors`: a loop that owns its thread, and its selector',
  ],
  [
    /^asyncio\.\w*EventLoop\.((add|remove)_(reader|writer)|sock_\w+)$/,
    'with `asyncio-ts/selectors`: descriptors and raw sockets need a selector',
  ],
];
