"""Runs random programs (see program.ts) on the reference; loaded behind reference/judge.py, whose loop it uses.

The interpreter is as plain as can be: one `async def` for lists of statements, one for single statements, and each
operation is the line of asyncio that it stands for. `await self.block(...)` inside a task adds no turn of the
loop, so a program behaves as if it were written out.

A trace is a list of lines `time|who|statement|what`. `who` is a run of a function (`f2.1`: function 2, its first run) or a
callback (`c0`); tasks appear as `k0`, `k1`, … in the order in which they became known.
"""

import inspect
import concurrent.futures

logging.getLogger('concurrent.futures').setLevel(logging.CRITICAL + 1)

FUEL = 0  # set by the caller: program.ts has the number
JOBS_END = 10_000  # as in program.ts

_NAMES = {'ValueError': 'RangeError', 'BaseExceptionGroup': 'ExceptionGroup', 'KeyError': 'LookupError'}


# Levels of nesting that are shown of a value.
DEEPEST = 6


class E1(Exception):
    pass


class E2(E1):
    pass


_RAISE = {'E1': E1, 'E2': E2, 'C': asyncio.CancelledError, 'T': TimeoutError, 'K': KeyboardInterrupt}
_CATCH = {
    'C': asyncio.CancelledError,
    'E1': E1,
    'E2': E2,
    'T': TimeoutError,
    'G': BaseExceptionGroup,
    'X': Exception,
    'B': BaseException,
}
_UNSET = object()


class _Frame:
    __slots__ = ('label', 'caught')

    def __init__(self, label):
        self.label = label
        self.caught = None



class TaskGroup(asyncio.TaskGroup):
    """With `cancel()`, which comes with 3.15: aborts, as a failing child does, and leaves no error."""

    _before_entry = False

    async def __aenter__(self):
        await super().__aenter__()
        if self._before_entry:
            self.cancel()
        return self

    async def __aexit__(self, *exc_info):
        # Whatever is to be raised has been raised there.
        await super().__aexit__(*exc_info)
        return True

    def create_task(self, coro, **options):
        task = super().create_task(coro, **options)
        # An eager child may have cancelled the group before it belonged to it.
        if self._aborting and not task.done():
            task.cancel()
        return task

    def cancel(self):
        if not self._entered:
            self._before_entry = True
        elif not self._aborting and (self._tasks or not self._exiting):
            self._abort()
            if self._parent_task and not self._parent_cancel_requested:
                self._parent_cancel_requested = True
                self._parent_task.cancel()


class World:
    def __init__(self, program, loop):
        self.loop = loop
        self.open = True
        self.fuel = FUEL
        self.trace = []
        self.known = []
        self.labels = {}
        self.runs = {}
        self.counter = 0
        self.functions = program['functions']
        self.bodies = program['callbacks']
        self.slots = {}
        self.handles = {}
        self.timeouts = {}
        self.groups = {}
        self.contexts = {}
        self.coroutines = {}
        self.given = []
        self.tokens = {}
        self.callbacks = [self.make_callback(i) for i in range(len(self.bodies))]
        self.futures = [loop.create_future() for _ in range(program['futures'])]
        self.old_futures = []
        for i, fut in enumerate(self.futures):
            self.labels[id(fut)] = f'f{i}'
        self.lock = [asyncio.Lock() for _ in range(program['locks'])]
        self.event = [asyncio.Event() for _ in range(program['events'])]
        self.cond = [asyncio.Condition() if i is None else asyncio.Condition(self.lock[i]) for i in program['conds']]
        self.sem = [(asyncio.BoundedSemaphore if s['bounded'] else asyncio.Semaphore)(s['value'])
                    for s in program['sems']]
        self.barrier = [asyncio.Barrier(n) for n in program['barriers']]
        kinds = {'fifo': asyncio.Queue, 'lifo': asyncio.LifoQueue, 'priority': asyncio.PriorityQueue}
        self.queue = [kinds[q['kind']](q['max']) for q in program['queues']]
        self.vars = [contextvars.ContextVar(f'v{i}') if d is None else contextvars.ContextVar(f'v{i}', default=d)
                     for i, d in enumerate(program['vars'])]
        loop.set_exception_handler(self.on_handler_call)
        if program['eager']:
            loop.set_task_factory(asyncio.eager_task_factory)
        if program.get('factory'):
            loop.set_task_factory(self.task_factory)
        self.all_jobs = []
        self.jobs = self.make_jobs(program.get('jobs', 0))

    # ---- the record ----

    def rec(self, who, n, *values):
        if self.open:
            self.trace.append(f'{self.loop.now:g}|{who}|{n}|{" ".join([self.show(v) for v in values])}')

    def find(self, where, key, what):
        """What a slot holds; the use of an empty one is recorded, and has no other effect."""
        found = where.get(key, _UNSET)
        if found is _UNSET:
            self.rec('?', 0, f'{what}{key} is unset')
        return found

    def on_handler_call(self, loop, context):
        message = context.get('message', '')
        if 'never retrieved' in message or 'destroyed but it is pending' in message:
            return  # said by the garbage collector, at times of its own
        keys = ','.join(sorted(k for k in context if k in _HANDLER_KEYS and context[k] is not None))
        self.rec('!', 0, 'handler', keys, context.get('exception'))

    def task_factory(self, loop, coro, **options):
        self.rec('!', 0, 'factory', ','.join(sorted(k for k, v in options.items() if v is not None)))
        return asyncio.Task(coro, loop=loop, **options)

    def make_jobs(self, count):
        if count > 0:
            self.loop.call_at(JOBS_END, self.end_jobs)
        self.all_jobs += [concurrent.futures.Future() for _ in range(count)]
        return list(self.all_jobs)

    def end_jobs(self):
        for job in self.all_jobs:
            if not job.cancel() and not job.done():
                job.set_result(None)
        self.all_jobs = None

    def job_state(self, job):
        if not job.done():
            return 'running' if job.running() else 'waits'
        if job.cancelled():
            return 'cancelled'
        e = job.exception()
        return f'value {self.show(job.result())}' if e is None else f'error {self.show_error(e)}'

    def threadsafe(self, coro):
        job = asyncio.run_coroutine_threadsafe(coro, self.loop)
        self.all_jobs.append(job)
        return job

    def late(self):
        if self.all_jobs is None:
            self.rec('?', 0, 'too late for jobs')
        return self.all_jobs is None

    def know(self, task):
        if id(task) not in self.labels:
            self.labels[id(task)] = f'k{len(self.known)}'
            self.known.append(task)

    def show(self, v, depth=0):
        # A gather of the results of gathers, in a loop, would be a text without end.
        if depth > DEEPEST:
            return '...'
        if v is None:
            return '-'
        if v is True:
            return 'true'
        if v is False:
            return 'false'
        if isinstance(v, (int, float)):
            return f'{v:g}'
        if isinstance(v, str):
            return v
        if isinstance(v, BaseException):
            return self.show_error(v, depth)
        if asyncio.isfuture(v):
            return self.labels.get(id(v), 'future')
        if isinstance(v, (list, tuple)):
            return '[' + ' '.join([self.show(x, depth + 1) for x in v]) + ']'
        if isinstance(v, (set, OrderedSet)):
            return '{' + ' '.join(sorted([self.show(x, depth + 1) for x in v])) + '}'
        return type(v).__name__

    def show_error(self, e, depth=0):
        name = type(e).__name__
        if isinstance(e, BaseExceptionGroup):
            return 'ExceptionGroup[' + ' '.join([self.show(x, depth + 1) for x in e.exceptions]) + ']'
        if name == 'TypeError' and 'nest BaseExceptions' in str(e):
            return 'NestedBaseException'
        if isinstance(e, (E1, asyncio.CancelledError, KeyboardInterrupt)):
            return f'{name}({e.args[0] if e.args and e.args[0] is not None else ""})'
        cause = '' if e.__cause__ is None else f'<{self.show(e.__cause__, depth + 1)}>'
        return _NAMES.get(name, name) + cause

    def state(self, fut):
        if not fut.done():
            return 'pending'
        if fut.cancelled():
            try:
                fut.result()
            except asyncio.CancelledError as e:
                return f'cancelled {self.show_error(e)}'
        e = fut.exception()
        return f'value {self.show(fut.result())}' if e is None else f'error {self.show_error(e)}'

    # ---- names and values ----

    def ref(self, r):
        if 'f' in r:
            return self.futures[r['f']]
        if 't' in r:
            return self.find(self.slots, r['t'], 't')
        if r['who'] == 'main':
            return self.main
        task = asyncio.current_task()
        if task is None:
            self.rec('?', 0, 'no task here')
            return _UNSET
        return task

    def error(self, r):
        cls = _RAISE[r['cls']]
        return cls(r['msg'])

    def context(self, s):
        found = self.find(self.contexts, s['ctx'], 'ctx') if 'ctx' in s else _UNSET
        return {} if found is _UNSET else {'context': found}

    def task_options(self, s):
        options = self.context(s)
        if 'name' in s:
            options['name'] = s['name']
        if 'eager' in s:
            options['eager_start'] = s['eager']
        return options

    def make_callback(self, i):
        def callback(*args):
            who = f'c{i}'
            self.rec(who, 0, 'called', args)
            self.sync_block(self.bodies[i], _Frame(who))
        return callback

    def caller(self, fn):
        return lambda: self.call(fn)

    def aws(self, of):
        found = [self.aw(a) for a in of]
        return [x for x in found if x is not _UNSET]

    def aw(self, a):
        kind = a['a']
        if kind == 'ref':
            return self.ref(a['ref'])
        if kind == 'call':
            return self.call(a['fn'])
        if kind == 'sleep':
            return asyncio.sleep(a['d'], a.get('v'))
        if kind == 'task':
            task = asyncio.create_task(self.call(a['fn']), **self.task_options(a))
            self.know(task)
            return task
        if kind == 'gather':
            return asyncio.gather(*self.aws(a['of']), return_exceptions=a.get('re', False))
        if kind == 'shield':
            of = self.aw(a['of'])
            return of if of is _UNSET else asyncio.shield(of)
        if kind == 'race':
            return asyncio.staggered.staggered_race([self.caller(fn) for fn in a['fns']], a['d'])
        if kind == 'once':
            return self.kept(a['c'])
        if kind == 'waitFor':
            of = self.aw(a['of'])
            return of if of is _UNSET else asyncio.wait_for(of, a['t'])
        if kind == 'wait':
            of = self.aws(a['of'])
            if not of:
                # Ours refuses an empty collection at the call, CPython when the coroutine runs.
                self.rec('?', 0, 'nothing to wait for')
                return _UNSET
            return asyncio.wait(of, timeout=a.get('t'), return_when=getattr(asyncio, a['rw']))
        if kind == 'acquire':
            return getattr(self, a['on'])[a['i']].acquire()
        if kind == 'eventWait':
            return self.event[a['i']].wait()
        if kind == 'condWait':
            return self.cond[a['i']].wait()
        if kind == 'condWaitFor':
            return self.cond[a['i']].wait_for(lambda: self.counter >= a['atLeast'])
        if kind == 'barrierWait':
            return self.barrier[a['i']].wait()
        if kind == 'put':
            return self.queue[a['i']].put(a['v'])
        if kind == 'get':
            return self.queue[a['i']].get()
        if kind == 'join':
            return self.queue[a['i']].join()
        if kind == 'wrap':
            return _UNSET if self.late() else asyncio.wrap_future(self.jobs[a['j']])
        raise AssertionError(kind)

    # ---- functions and blocks: a block gives None, or why it was left: 'break', 'continue', ('return', value) ----

    async def call(self, fn):
        me = self.begin(fn)
        try:
            left = await self.block(self.functions[fn], me)
        except BaseException as e:
            self.rec(me.label, 0, 'ends with', e)
            raise
        value = left[1] if type(left) is tuple else None
        self.rec(me.label, 0, 'ends with', value)
        return value

    def begin(self, fn):
        run = self.runs[fn] = self.runs.get(fn, 0) + 1
        me = _Frame(f'f{fn}.{run}')
        task = asyncio.current_task()
        self.know(task)
        self.rec(me.label, 0, 'starts in', task)
        return me

    def sync_block(self, stmts, me):
        for s in stmts:
            if self.sync(s, me) is not None:
                return

    async def block(self, stmts, me):
        for s in stmts:
            if s['op'] in ASYNC_OPS:
                left = await self.wait(s, me)
            else:
                left = self.sync(s, me)
            if left is not None:
                return left
        return None

    def burn(self):
        if self.fuel <= 0 or not self.open:
            if self.fuel == 0:
                self.fuel = -1
                self.rec('?', 0, 'out of fuel')
            return False
        self.fuel -= 1
        return True

    def sync(self, s, me):
        if not self.burn():
            return None
        if 'g' not in s:
            return self.perform_sync(s, me)
        try:
            return self.perform_sync(s, me)
        except BaseException as e:
            self.rec(me.label, s['n'], 'threw', e)

    def perform_sync(self, s, me):
        op = s['op']
        if op in LEAVING_OPS:
            return LEAVING_OPS[op](self, s, me)
        seen = SYNC_OPS[op](self, s)
        if seen is not _UNSET:
            self.rec(me.label, s['n'], *seen)

    async def wait(self, s, me):
        if not self.burn():
            return None
        if 'g' not in s:
            return await ASYNC_OPS[s['op']](self, s, me)
        try:
            return await ASYNC_OPS[s['op']](self, s, me)
        except Exception as e:
            self.rec(me.label, s['n'], 'threw', e)

    # ---- statements that wait ----

    async def wait_await(self, s, me):
        aw = self.aw(s['aw'])
        if aw is not _UNSET:
            self.rec(me.label, s['n'], await aw)

    async def wait_native(self, s, me):
        self.rec(me.label, s['n'], 'native')

    async def wait_turn(self, s, me):
        await asyncio.sleep(0)
        self.rec(me.label, s['n'], 'turn')

    async def wait_as_completed(self, s, me):
        it = asyncio.as_completed(self.aws(s['of']), timeout=s.get('t'))
        if s['async']:
            async for fut in it:
                self.rec(me.label, s['n'], 'next', fut, self.state(fut))
                left = await self.block(s['body'], me)
                if left == 'break':
                    break
                if left is not None and left != 'continue':
                    return left
        else:
            for aw in it:
                try:
                    self.rec(me.label, s['n'], 'next', await aw)
                except Exception as e:
                    self.rec(me.label, s['n'], 'next', e)
                left = await self.block(s['body'], me)
                if left == 'break':
                    break
                if left is not None and left != 'continue':
                    return left

    async def wait_timeout(self, s, me):
        d = s['d']
        if 'at' in s:
            cm = asyncio.timeout_at(None if d is None else self.loop.time() + d)
        else:
            cm = asyncio.timeout(d)
        try:
            async with cm:
                self.timeouts[s['w']] = cm
                left = await self.block(s['body'], me)
            return left
        finally:
            self.rec(me.label, s['n'], 'expired', cm.expired())

    async def wait_group(self, s, me):
        tg = TaskGroup()
        if 'early' in s:
            tg.cancel()
        left = None
        async with tg:
            self.groups[s['grp']] = tg
            left = await self.block(s['body'], me)
        if left is None:
            self.rec(me.label, s['n'], 'group ends')
        return left

    async def wait_with(self, s, me):
        async with getattr(self, s['on'])[s['i']] as got:
            self.rec(me.label, s['n'], 'in', got)
            left = await self.block(s['body'], me)
        if left is None:
            self.rec(me.label, s['n'], 'out')
        return left

    async def wait_barrier_reset(self, s, me):
        await self.barrier[s['i']].reset()
        self.rec(me.label, s['n'], 'reset')

    async def wait_barrier_abort(self, s, me):
        await self.barrier[s['i']].abort()
        self.rec(me.label, s['n'], 'abort')

    async def wait_try(self, s, me):
        try:
            try:
                return await self.block(s['body'], me)
            except BaseException as e:
                handler = next((h for h in s['handlers'] if isinstance(e, _CATCH[h['catch']])), None)
                if handler is None or not self.open:
                    raise
                self.rec(me.label, s['n'], 'caught', e)
                before, me.caught = me.caught, e
                try:
                    return await self.block(handler['body'], me)
                finally:
                    me.caught = before
        finally:
            if 'fin' in s and self.open:
                self.rec(me.label, s['n'], 'finally')
                left = await self.block(s['fin'], me)
                if left is not None:
                    return left

    async def wait_loop(self, s, me):
        for _ in range(s['times']):
            left = await self.block(s['body'], me)
            if left == 'break':
                break
            if left is not None and left != 'continue':
                return left

    # ---- statements that leave a block ----

    def leave_raise(self, s, me):
        raise self.error(s['err'])

    def leave_reraise(self, s, me):
        if me.caught is not None:
            raise me.caught

    def leave_return(self, s, me):
        return ('return', s['v'])

    def leave_break(self, s, me):
        return 'break'

    def leave_continue(self, s, me):
        return 'continue'

    # ---- statements that do not wait: each gives what there is to record of it ----

    def do_mark(self, s):
        return 'mark',

    def do_count(self, s):
        self.counter += 1
        return 'counter', self.counter

    def spawned(self, s, task):
        self.know(task)
        self.slots[s['t']] = task
        return 'spawned', task, self.done(task)

    def done(self, fut):
        return 'done' if fut.done() else 'pending'

    def do_spawn(self, s):
        return self.spawned(s, asyncio.create_task(self.call(s['fn']), **self.task_options(s)))

    def do_group_cancel(self, s):
        group = self.find(self.groups, s['grp'], 'tg')
        return group if group is _UNSET else ('group cancelled', group.cancel())

    def do_group_spawn(self, s):
        group = self.find(self.groups, s['grp'], 'tg')
        if group is _UNSET:
            return group
        return self.spawned(s, group.create_task(self.call(s['fn']), **self.task_options(s)))

    def do_store(self, s):
        aw = self.aw(s['aw'])
        if aw is _UNSET:
            return aw
        self.slots[s['t']] = aw
        return 'stored', self.done(aw)

    def kept(self, index):
        coro = self.find(self.coroutines, index, 'coro')
        if coro is _UNSET:
            return coro
        # Two tasks would step one coroutine by turns: see NAMED in compare.ts.
        if any(coro is one for one in self.given) and inspect.getcoroutinestate(coro) != inspect.CORO_CLOSED:
            self.rec('?', 0, 'a coroutine given twice')
        self.given.append(coro)
        return coro

    def do_keep(self, s):
        self.coroutines[s['c']] = self.call(s['fn'])
        return 'kept',

    def do_ensure(self, s):
        aw = self.aw(s['aw'])
        if aw is _UNSET:
            return aw
        self.slots[s['t']] = fut = asyncio.ensure_future(aw)
        return 'ensured', self.done(fut)

    def on_ref(self, s, use):
        fut = self.ref(s['ref'])
        return fut if fut is _UNSET else use(fut)

    def on_task(self, s, use):
        fut = self.ref(s['ref'])
        if fut is not _UNSET and not isinstance(fut, asyncio.Task):
            self.rec('?', 0, 'no task')
            fut = _UNSET
        return fut if fut is _UNSET else use(fut)

    def do_cancel(self, s):
        if 'msg' in s:
            return self.on_ref(s, lambda fut: ('cancel', fut, fut.cancel(s['msg'])))
        return self.on_ref(s, lambda fut: ('cancel', fut, fut.cancel()))

    def do_uncancel(self, s):
        return self.on_task(s, lambda task: ('uncancel', task.uncancel()))

    def do_cancelling(self, s):
        return self.on_task(s, lambda task: ('cancelling', task.cancelling()))

    def do_state(self, s):
        return self.on_ref(s, lambda fut: ('state', self.state(fut)))

    def do_result(self, s):
        return self.on_ref(s, lambda fut: ('result', fut.result()))

    def do_exception(self, s):
        return self.on_ref(s, lambda fut: ('exception', fut.exception()))

    def do_rename(self, s):
        return self.on_task(s, lambda task: ('renamed', task.set_name(s['name'])))

    def do_set_result(self, s):
        return 'set', self.futures[s['f']].set_result(s['v'])

    def do_set_exception(self, s):
        return 'set', self.futures[s['f']].set_exception(self.error(s['err']))

    def do_fresh_future(self, s):
        i = s['f']
        self.old_futures.append(self.futures[i])
        self.futures[i] = fut = self.loop.create_future()
        self.labels[id(fut)] = f'f{i}\''
        return 'fresh', fut

    def do_add_callback(self, s):
        return self.on_ref(
            s, lambda fut: ('added', fut.add_done_callback(self.callbacks[s['cb']], **self.context(s))))

    def do_remove_callback(self, s):
        return self.on_ref(s, lambda fut: ('removed', fut.remove_done_callback(self.callbacks[s['cb']])))

    def do_call_soon(self, s):
        call = self.loop.call_soon_threadsafe if 'threadsafe' in s else self.loop.call_soon
        self.handles[s['h']] = call(self.callbacks[s['cb']], s['n'], **self.context(s))
        return 'scheduled',

    def do_call_later(self, s):
        self.handles[s['h']] = self.loop.call_later(s['d'], self.callbacks[s['cb']], s['n'], **self.context(s))
        return 'scheduled',

    def do_call_at(self, s):
        self.handles[s['h']] = self.loop.call_at(
            self.loop.time() + s['d'], self.callbacks[s['cb']], s['n'], **self.context(s))
        return 'scheduled',

    def do_handle_cancel(self, s):
        handle = self.find(self.handles, s['h'], 'handle')
        return handle if handle is _UNSET else ('cancelled', handle.cancel())

    def do_handle_state(self, s):
        handle = self.find(self.handles, s['h'], 'handle')
        return handle if handle is _UNSET else ('handle', *self.handle_state(handle))

    def handle_state(self, handle):
        return (handle.cancelled(), handle.when() if isinstance(handle, asyncio.TimerHandle) else None)

    def do_current_task(self, s):
        task = asyncio.current_task(self.loop)
        return 'current', task, self.name(task)

    def name(self, task):
        # Numbered names depend on what ran before.
        return None if task is None or task.get_name().startswith('Task-') else task.get_name()

    def do_all_tasks(self, s):
        return 'all', asyncio.all_tasks(self.loop)

    def do_stop(self, s):
        return 'stop', self.loop.stop()

    def do_release(self, s):
        return 'released', getattr(self, s['on'])[s['i']].release()

    def do_locked(self, s):
        return 'locked', getattr(self, s['on'])[s['i']].locked()

    def do_event_set(self, s):
        return 'set', self.event[s['i']].set()

    def do_event_clear(self, s):
        return 'cleared', self.event[s['i']].clear()

    def do_event_is_set(self, s):
        return 'is set', self.event[s['i']].is_set()

    def do_notify(self, s):
        return 'notified', self.cond[s['i']].notify(s['k'])

    def do_notify_all(self, s):
        return 'notified', self.cond[s['i']].notify_all()

    def do_barrier_state(self, s):
        b = self.barrier[s['i']]
        return 'barrier', b.n_waiting, b.parties, b.broken

    def do_put_nowait(self, s):
        return 'put', self.queue[s['i']].put_nowait(s['v'])

    def do_get_nowait(self, s):
        return 'got', self.queue[s['i']].get_nowait()

    def do_task_done(self, s):
        return 'task done', self.queue[s['i']].task_done()

    def do_queue_state(self, s):
        q = self.queue[s['i']]
        return 'queue', q.qsize(), q.empty(), q.full()

    def do_shutdown(self, s):
        return 'shut down', self.queue[s['i']].shutdown(s['immediate'])

    def do_reschedule(self, s):
        tm = self.find(self.timeouts, s['w'], 'tm')
        if tm is _UNSET:
            return tm
        return 'rescheduled', tm.reschedule(None if s['d'] is None else self.loop.time() + s['d'])

    def do_timeout_state(self, s):
        tm = self.find(self.timeouts, s['w'], 'tm')
        return tm if tm is _UNSET else ('timeout', tm.when(), tm.expired())

    def do_var_get(self, s):
        return 'var', self.vars[s['v']].get()

    def do_var_set(self, s):
        self.tokens[s['v']] = self.vars[s['v']].set(s['to'])
        return 'var set',

    def do_var_reset(self, s):
        token = self.find(self.tokens, s['v'], 'token')
        return token if token is _UNSET else ('var reset', self.vars[s['v']].reset(token))

    def do_ctx_copy(self, s):
        self.contexts[s['x']] = contextvars.copy_context()
        return 'copied',

    def do_ctx_run(self, s):
        ctx = self.find(self.contexts, s['x'], 'ctx')
        return ctx if ctx is _UNSET else ('ran', ctx.run(self.callbacks[s['cb']], s['n']))

    def do_report(self, s):
        return 'reported', self.loop.call_exception_handler({'message': 'reported', 'exception': self.error(s['err'])})

    def do_job_result(self, s):
        return 'job ends', self.jobs[s['j']].set_result(s['v'])

    def do_job_exception(self, s):
        return 'job ends', self.jobs[s['j']].set_exception(self.error(s['err']))

    def do_job_cancel(self, s):
        return 'job cancel', self.jobs[s['j']].cancel()

    def do_job_runs(self, s):
        return 'job runs', self.jobs[s['j']].set_running_or_notify_cancel()

    def do_job_state(self, s):
        return 'job', self.job_state(self.jobs[s['j']])

    def do_threadsafe(self, s):
        if self.late():
            return _UNSET
        self.jobs[s['j']] = self.threadsafe(self.call(s['fn']))
        return 'sent',

    # ---- the whole program ----

    def phase(self, name, fut):
        try:
            self.rec('*', 0, name, 'gives', self.loop.run_until_complete(fut))
        except Deadlock:
            self.rec('*', 0, name, 'deadlocks')
        except BaseException as e:
            if fut.done():
                self.rec('*', 0, name, 'throws', e)
            elif isinstance(e, KeyboardInterrupt):
                self.rec('*', 0, name, 'is interrupted', e)
                self.phase(name, fut)
            elif 'stopped before' in str(e):
                self.rec('*', 0, name, 'is stopped')
            else:
                raise

    def end_of_phase(self):
        for i, fut in enumerate(self.futures):
            self.rec('*', 0, f'f{i}', self.state(fut))
        for i, job in enumerate(self.jobs):
            self.rec('*', 0, f'j{i}', self.job_state(job))
        for task in self.known:
            self.rec('*', 0, task, self.state(task), task.cancelling(), self.name(task))
            if self.vars:
                context = task.get_context()
                self.rec('*', 0, task, 'context', [context.get(var) for var in self.vars])

    async def rest(self, tasks):
        await asyncio.gather(*tasks, return_exceptions=True)

    def run(self, main=None):
        self.main = asyncio.Task(main or self.call(0), loop=self.loop)
        self.know(self.main)
        self.phase('main', self.main)
        self.end_of_phase()
        rest = [t for t in self.known if not t.done()]
        if rest:
            for task in rest:
                task.cancel('end')
            async_end = asyncio.Task(self.rest(rest), loop=self.loop)
            self.phase('rest', async_end)
            self.end_of_phase()
        self.open = False
        return self.trace


def _camel(name):
    head, *rest = name.split('_')
    return head + ''.join(part.capitalize() for part in rest)


def _table(prefix):
    return {_camel(name[len(prefix):]): method for name, method in vars(World).items() if name.startswith(prefix)}


ASYNC_OPS = _table('wait_')
LEAVING_OPS = _table('leave_')
SYNC_OPS = _table('do_')


def _run_one(program):
    loop = VirtualTimeEventLoop()
    try:
        return World(program, loop).run()
    finally:
        # What still waits goes away unseen with the loop.
        loop.close()


_since_collection = 0


def run_batch(programs, fuel):
    """Runs a JSON list of programs; gives the JSON list of their traces."""
    global FUEL, _since_collection
    FUEL = fuel
    before = asyncio._get_running_loop()  # pyodide keeps one of its own
    asyncio._set_running_loop(None)
    try:
        programs = json.loads(programs)
        return json.dumps([contextvars.Context().run(_run_one, p) for p in programs])
    finally:
        asyncio._set_running_loop(before)
        _since_collection += len(programs)
        if _since_collection >= 100:
            _since_collection = 0
            gc.collect()


# ---- printed programs (print-python.ts) ------------------------------------------------------------

_EMPTY = {'eager': False, 'futures': 0, 'locks': 0, 'events': 0, 'conds': [], 'sems': [], 'barriers': [], 'queues': [],
          'vars': [], 'functions': [], 'callbacks': []}


def _printed_scope(world):
    loop = world.loop

    def function(fn):
        def decorate(body):
            async def call():
                me = world.begin(fn)
                try:
                    value = await body(me)
                except BaseException as e:
                    world.rec(me.label, 0, 'ends with', e)
                    raise
                world.rec(me.label, 0, 'ends with', value)
                return value
            return call
        return decorate

    def callback(i):
        def decorate(body):
            def called(*args):
                me = _Frame(f'c{i}')
                world.rec(me.label, 0, 'called', args)
                body(me)
            return called
        return decorate

    def know(task):
        world.know(task)
        return task

    def fresh(i):
        fut = loop.create_future()
        world.labels[id(fut)] = f'f{i}\''
        return fut

    def count():
        world.counter += 1
        return world.counter

    return {
        'asyncio': asyncio, 'ContextVar': contextvars.ContextVar, 'copy_context': contextvars.copy_context, 'E1': E1, 'E2': E2,
        'loop': loop, 'function': function, 'callback': callback, 'know': know, 'fresh': fresh, 'count': count,
        'staggered_race': asyncio.staggered.staggered_race,
        'create_task': lambda coro, **options: know(asyncio.create_task(coro, **options)),
        'TaskGroup': TaskGroup, 'make_jobs': world.make_jobs, 'threadsafe': world.threadsafe, 'job_state': world.job_state,
        'report': lambda e: loop.call_exception_handler({'message': 'reported', 'exception': e}),
        'task_factory': world.task_factory,
        'counter': lambda: world.counter, 'main': lambda: world.main, 'state': world.state, 'done': world.done,
        'handle_state': world.handle_state, 'name': world.name,
        'log': lambda me, n, *values: world.rec(me.label, n, *values),
    }


def _run_printed(source):
    loop = VirtualTimeEventLoop()
    try:
        world = World(_EMPTY, loop)
        scope = _printed_scope(world)
        exec(compile(source, '<printed>', 'exec'), scope)
        world.futures = scope.get('fut', [])
        world.vars = scope.get('var', [])
        world.jobs = scope.get('job', [])
        for i, fut in enumerate(world.futures):
            world.labels[id(fut)] = f'f{i}'
        return world.run(scope['fn0']())
    finally:
        loop.close()


def run_printed(source):
    """Runs a program as print-python.ts printed it; gives its trace as JSON."""
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return json.dumps(contextvars.Context().run(_run_printed, source))
    finally:
        gc.collect()  # what is left of the program ends here, where no loop runs
        asyncio._set_running_loop(before)
