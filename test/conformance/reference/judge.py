"""The reference side of the conformance tests: CPython's own asyncio under a virtual clock.

Everything that CPython defines is left alone. Three things that it leaves undefined are given an order,
the one that the TypeScript side promises (first come, first served): timers with equal deadlines,
the iteration of sets of tasks inside asyncio, and the order in which `as_completed` looks at what it is given.
"""

import ast
import asyncio
import asyncio.base_events
import asyncio.events
import asyncio.staggered
import asyncio.taskgroups
import asyncio.tasks
import collections.abc
import contextvars
import gc
import heapq  # noqa: F401  (the programs may use it)
import itertools
import json
import logging
import re
import sys
import warnings

warnings.simplefilter('ignore')
logging.getLogger('asyncio').setLevel(logging.CRITICAL + 1)
sys.unraisablehook = lambda unraisable: None
gc.disable()  # reference counting alone decides, so that every run of a program is the same


# ---- what CPython leaves undefined, made first come, first served ----------------------------------

class OrderedSet(collections.abc.MutableSet):
    """A set that is iterated in the order of insertion."""

    def __init__(self, items=()):
        self._items = dict.fromkeys(items)

    def __contains__(self, item):
        return item in self._items

    def __iter__(self):
        return iter(tuple(self._items))

    def __len__(self):
        return len(self._items)

    def __hash__(self):
        return id(self)

    def add(self, item):
        self._items[item] = None

    def discard(self, item):
        self._items.pop(item, None)

    def clear(self):
        self._items.clear()


_timer_numbers = itertools.count()


class OrderedTimerHandle(asyncio.TimerHandle):
    """Timers with equal deadlines fire in the order of their making."""

    __slots__ = ['_number']

    def __init__(self, *args):
        super().__init__(*args)
        self._number = next(_timer_numbers)

    def __lt__(self, other):
        return (self._when, self._number) < (other._when, other._number)


def _as_completed_in_order(self, aws, timeout):
    # CPython's constructor with insertion order in place of two set comprehensions.
    self._done = asyncio.Queue()
    self._timeout_handle = None
    loop = asyncio.get_event_loop()
    todo = OrderedSet(
        asyncio.ensure_future(aw, loop=loop) for aw in dict.fromkeys(aws))
    for f in todo:
        f.add_done_callback(self._handle_completion)
    if todo and timeout is not None:
        self._timeout_handle = loop.call_later(timeout, self._handle_timeout)
    self._todo = todo
    self._todo_left = len(todo)


asyncio.events.TimerHandle = OrderedTimerHandle
asyncio.tasks._AsCompletedIterator.__init__ = _as_completed_in_order
for _module in (asyncio.tasks, asyncio.taskgroups, asyncio.staggered):
    _module.set = OrderedSet  # found before the builtin of that name


# ---- the loop ---------------------------------------------------------------------------------------

class Deadlock(RuntimeError):
    pass


class _VirtualSelector:
    """No I/O: waiting means that the clock jumps to the deadline that is waited for."""

    def __init__(self, loop):
        self._loop = loop

    def select(self, timeout):
        loop = self._loop
        loop.turns += 1
        if loop.turns > loop.max_turns:
            raise RuntimeError(f'stopped after {loop.max_turns} turns of the loop')
        if timeout is None:
            raise Deadlock('nothing is ready, and there is no timer to wait for')
        if timeout > 0:
            # Exactly the deadline; now + (deadline - now) would be off by rounding.
            loop.now = max(loop.now, loop._scheduled[0]._when)
        return []


class VirtualTimeEventLoop(asyncio.BaseEventLoop):
    max_turns = 100_000

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.turns = 0
        self.tasks = []
        self._clock_resolution = 1e-9
        self._selector = _VirtualSelector(self)
        self.set_exception_handler(_record_exception_handler_call)

    def time(self):
        return self.now

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def create_task(self, coro, **kwargs):
        task = super().create_task(coro, **kwargs)
        self.tasks.append(task)
        return task


# ---- values as JSON ---------------------------------------------------------------------------------

_CLASS_NAMES = {
    'Exception': 'Error',
    'BaseException': 'Error',
    'ValueError': 'RangeError',
    'IndexError': 'RangeError',
    'KeyError': 'LookupError',
    'NameError': 'ReferenceError',
    'AttributeError': 'TypeError',
    'BaseExceptionGroup': 'ExceptionGroup',
    'Deadlock': 'RuntimeError',
}

_DEFAULT_NAME = re.compile(r'^Task-(\d+)$')
_run = None  # the record of the program that is running


def _error(e):
    name = type(e).__name__
    out = {'error': _CLASS_NAMES.get(name, name)}
    if isinstance(e, BaseExceptionGroup):
        out['message'] = e.message
        out['errors'] = [_error(m) for m in e.exceptions]
    else:
        out['message'] = str(e.args[0]) if e.args else ''
    return out


def _text(text):
    # Default names are numbered over the whole process: count from the start of this program.
    match = _DEFAULT_NAME.match(text)
    return f'Task-{int(match[1]) - _run.first_task}' if match and _run else text


def _plain(v):
    if v is None or isinstance(v, bool):
        return v
    if isinstance(v, int):
        return v
    if isinstance(v, float):
        return int(v) if v.is_integer() else v
    if isinstance(v, str):
        return _text(v)
    if isinstance(v, BaseException):
        return _error(v)
    if isinstance(v, asyncio.Task):
        return f'<Task {_text(v.get_name())}>'
    if asyncio.isfuture(v):
        return '<Future cancelled>' if v.cancelled() else '<Future done>' if v.done() else '<Future pending>'
    if isinstance(v, (list, tuple)):
        return [_plain(x) for x in v]
    if isinstance(v, (set, frozenset, OrderedSet)):
        return {'set': sorted((_plain(x) for x in v), key=json.dumps)}
    if isinstance(v, dict):
        return {str(k): _plain(x) for k, x in v.items()}
    if isinstance(v, asyncio.AbstractEventLoop):
        return '<loop>'
    if isinstance(v, type):
        return f'<class {_CLASS_NAMES.get(v.__name__, v.__name__)}>'
    if callable(v):
        return '<function>'
    return f'<{type(v).__name__}>'


# ---- the record -------------------------------------------------------------------------------------

class _Run:
    def __init__(self):
        self.events = []
        self.loops = []
        self.over = False
        self.first_task = 0

    def new_loop(self):
        loop = VirtualTimeEventLoop()
        self.loops.append(loop)
        return loop

    def ev(self, name, *values):
        if not self.over:
            now = self.loops[-1].now if self.loops else 0
            self.events.append([_plain(now), name, *map(_plain, values)])


def _record_exception_handler_call(loop, context):
    message = context.get('message', '')
    if 'never retrieved' in message or 'destroyed but it is pending' in message:
        return  # said by the garbage collector, at times of its own
    if _run is not None:
        keys = sorted(k for k in context if k in _HANDLER_KEYS and context[k] is not None)
        _run.ev('exception handler', keys, context.get('exception'))


_HANDLER_KEYS = {'exception', 'future', 'task', 'handle', 'protocol', 'transport', 'socket', 'asyncgen'}


def _state(fut):
    if not fut.done():
        return 'pending'
    try:
        e = fut.exception()
    except asyncio.CancelledError as e:
        return {'cancelled': _error(e)['message']}
    return {'value': _plain(fut.result())} if e is None else _error(e)


def _states(tasks):
    return [[_plain(t.get_name()), _state(t)] for t in tasks]


async def _nothing():
    pass


def _last_task_number():
    # The counter of default names cannot be read, only used.
    loop = asyncio.EventLoop.__new__(VirtualTimeEventLoop)
    loop.__init__()
    task = asyncio.Task(_nothing(), loop=loop)
    number = int(_DEFAULT_NAME.match(task.get_name())[1])
    loop.run_until_complete(task)
    loop.close()
    return number


def _run_coroutine(run, main, args):
    loop = run.new_loop()
    trace = {}
    try:
        trace['outcome'] = {'value': _plain(loop.run_until_complete(main(run.ev, *args)))}
    except BaseException as e:
        trace['outcome'] = _error(e)
    finished = list(loop.tasks)
    trace['tasks'] = _states(finished)
    # As `asyncio.run` does, but in the order of making: cancel what is left, and wait for it.
    rest = [t for t in finished if not t.done()]
    if rest:
        run.ev('main is over')
        for t in rest:
            t.cancel()
        try:
            loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        except BaseException as e:
            run.ev('cleanup failed', e)
        trace['rest'] = _states(rest)
    return trace


def _run_plain(run, main, args):
    trace = {}
    try:
        trace['outcome'] = {'value': _plain(main(run.ev, run.new_loop, *args))}
    except BaseException as e:
        trace['outcome'] = _error(e)
    trace['tasks'] = _states([t for loop in run.loops for t in loop.tasks])
    return trace


def attempt(ev, what, call):
    """Writes down what `call` gives, or what it raises: a helper that programs have on both sides."""
    try:
        value = call()
    except BaseException as e:
        ev(what, 'threw', e)
        return
    ev(what, 'gave', value)


_mains = {}


def _load(source):
    main = _mains.get(source)
    if main is None:
        scope = {'asyncio': asyncio, 'contextvars': contextvars, 'attempt': attempt, '__name__': 'program'}
        exec('from asyncio import *; from contextvars import *', scope)
        exec(compile(source, '<program>', 'exec'), scope)
        main = _mains[source] = scope['main']
        if len(_mains) > 2000:
            del _mains[next(iter(_mains))]
    return main


_runs = 0


def run_program(source, inputs_json):
    """Runs main(ev, *inputs) of `source`; gives the trace as JSON."""
    global _run, _runs
    main = _load(source)
    before = asyncio._get_running_loop()  # pyodide keeps one of its own
    asyncio._set_running_loop(None)
    run = _run = _Run()
    run.first_task = _last_task_number()
    args = json.loads(inputs_json)
    runner = _run_coroutine if asyncio.iscoroutinefunction(main) else _run_plain
    try:
        trace = contextvars.Context().run(runner, run, main, args)
        run.over = True
        trace['events'] = run.events
        return json.dumps(trace)
    finally:
        run.over = True
        for loop in run.loops:
            if not loop.is_closed():
                loop.close()
        _run = None
        asyncio._set_running_loop(before)
        _runs += 1
        if _runs % 200 == 0:
            gc.collect()


def string_literals(source):
    """Every string that the program itself spells out: the messages it can have chosen."""
    found = {n.value for n in ast.walk(ast.parse(source))
             if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value}
    return json.dumps(sorted(found))
