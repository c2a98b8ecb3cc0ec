"""The programs of CPython's asyncio and of uvloop, and the sampler of harness/sampler.ts in Python.

Started as `python3 python_peer.py ORDER`, ORDER being the JSON of an `Order` (harness/types.ts);
`python3 python_peer.py` alone prints the versions of Python and uvloop.
"""

import asyncio
import json
import os
import platform
import statistics
import sys
import time

LONGEST_DELAY = 0.05
ANSWER = "@@bench "
clock = time.process_time_ns if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter_ns


def answer(sample):
    os.write(1, (ANSWER + json.dumps(sample) + "\n").encode())
    os._exit(0)


def per_operation(start, operations):
    return {"time": (clock() - start) / operations}


def random_delays(n):
    delays = [0.0] * n
    state = 42
    for i in range(n):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        delays[i] = state / 2**32 * LONGEST_DELAY
    return delays


def random_half(n):
    half = bytearray(n)
    state = 7
    for i in range(n):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        half[i] = state >> 31
    return half


def until_all_due():
    end = time.perf_counter() + LONGEST_DELAY + 0.005
    while time.perf_counter() < end:
        pass


async def switcher(n):
    sleep = asyncio.sleep
    for _ in range(n):
        await sleep(0)


def switching(tasks):
    async def program(n):
        start = clock()
        if tasks == 1:
            await switcher(n)
        else:
            await asyncio.gather(*[switcher(n // tasks) for _ in range(tasks)])
        return per_operation(start, n)

    return program


async def trivial(i):
    return i


async def gather(n):
    start = clock()
    for _ in range(n // 1000):
        await asyncio.gather(*[trivial(i) for i in range(1000)])
    return per_operation(start, n)


async def future(n):
    loop = asyncio.get_running_loop()
    start = clock()
    for _ in range(n):
        fut = loop.create_future()
        loop.call_soon(fut.set_result, None)
        await fut
    return per_operation(start, n)


async def nested(depth):
    if depth == 1:
        await asyncio.sleep(0)
        return 1
    return await nested(depth - 1) + 1


def nesting(depth):
    async def program(n):
        start = clock()
        for _ in range(n):
            await nested(depth)
        return per_operation(start, n)

    return program


async def call_soon(n):
    loop = asyncio.get_running_loop()
    start = clock()
    for _ in range(n // 1000):
        done = loop.create_future()
        left = 1000

        def called():
            nonlocal left
            left -= 1
            if left == 0:
                done.set_result(None)

        for _ in range(1000):
            loop.call_soon(called)
        await done
    return per_operation(start, n)


async def timers(n):
    loop = asyncio.get_running_loop()
    delays = random_delays(n)
    left = n
    done = loop.create_future()

    def fired():
        nonlocal left
        left -= 1
        if left == 0:
            done.set_result(None)

    start = clock()
    for delay in delays:
        loop.call_later(delay, fired)
    add = (clock() - start) / n
    until_all_due()
    fire_start = clock()
    await done
    fire = (clock() - fire_start) / n
    return {"add": add, "fire": fire, "total": add + fire}


async def timers_cancel(n):
    loop = asyncio.get_running_loop()
    delays = random_delays(n)
    half = random_half(n)
    left = fires = n - sum(half)
    done = loop.create_future()

    def fired():
        nonlocal left
        left -= 1
        if left == 0:
            done.set_result(None)

    handles = []
    start = clock()
    for delay in delays:
        handles.append(loop.call_later(delay, fired))
    cancel_start = clock()
    for i in range(n):
        if half[i] == 1:
            handles[i].cancel()
    cancelled = clock()
    until_all_due()
    fire_start = clock()
    await done
    end = clock()
    return {
        "add": (cancel_start - start) / n,
        "cancel": (cancelled - cancel_start) / (n - fires),
        "fire": (end - fire_start) / fires,
        "total": (cancelled - start + end - fire_start) / n,
    }


def resident():
    """Bytes of memory this process holds."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


async def sleeper():
    await asyncio.sleep(3600)


async def memory(n):
    tasks = [None] * n
    before = resident()
    for i in range(n):
        tasks[i] = asyncio.create_task(sleeper())
    await asyncio.sleep(LONGEST_DELAY)
    answer({"rss": (resident() - before) / n})


async def waiter(fut):
    await fut


async def cancel(n):
    loop = asyncio.get_running_loop()
    tasks = [asyncio.create_task(waiter(loop.create_future())) for _ in range(n)]
    await asyncio.sleep(0)
    start = clock()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return per_operation(start, n)


async def locker(lock, n):
    for _ in range(n):
        await lock.acquire()
        lock.release()


async def lock(n):
    lock = asyncio.Lock()
    await lock.acquire()
    tasks = [asyncio.create_task(locker(lock, n // 10)) for _ in range(10)]
    await asyncio.sleep(0)
    start = clock()
    lock.release()
    await asyncio.wait(tasks)
    return per_operation(start, n)


async def putter(queue, n):
    for i in range(n):
        await queue.put(i)


def queueing(maxsize):
    async def program(n):
        queue = asyncio.Queue(maxsize)
        start = clock()
        task = asyncio.create_task(putter(queue, n))
        for _ in range(n):
            await queue.get()
        await task
        return per_operation(start, n)

    return program


async def task_group(n):
    start = clock()
    for _ in range(n // 1000):
        async with asyncio.TaskGroup() as tg:
            for i in range(1000):
                tg.create_task(trivial(i))
    return per_operation(start, n)


async def timeout(n):
    ready = asyncio.get_running_loop().create_future()
    ready.set_result(1)
    start = clock()
    for _ in range(n):
        async with asyncio.timeout(10):
            await ready
    return per_operation(start, n)


async def leak_race(n):
    loop = asyncio.get_running_loop()
    long = loop.create_future()
    start = clock()
    for _ in range(n):
        short = loop.create_future()
        loop.call_soon(short.set_result, None)
        await asyncio.wait([long, short], return_when=asyncio.FIRST_COMPLETED)
    return per_operation(start, n)


PROGRAMS = {
    "switch-1": switching(1),
    "switch-100": switching(100),
    "gather": gather,
    "future": future,
    "nested-1": nesting(1),
    "nested-10": nesting(10),
    "nested-100": nesting(100),
    "call-soon": call_soon,
    "timers-10k": timers,
    "timers-100k": timers,
    "timers-1m": timers,
    "timers-cancel": timers_cancel,
    "memory": memory,
    "cancel": cancel,
    "lock": lock,
    "queue-1": queueing(1),
    "queue-100": queueing(100),
    "task-group": task_group,
    "timeout": timeout,
    "leak-race": leak_race,
}


def take_samples(program, order):
    if order["warmupSize"] > 0:
        warm = clock() + order["warmupMs"] * 1e6
        calls = 0
        while True:
            program(order["warmupSize"])
            calls += 1
            if calls >= order["minWarmups"] and clock() >= warm:
                break
    samples = []
    end = clock() + order["budgetMs"] * 1e6
    while True:
        samples.append(program(order["size"]))
        if clock() >= end and len(samples) >= order["minSamples"]:
            break
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


def main():
    if len(sys.argv) < 2:
        try:
            import uvloop

            version = uvloop.__version__
        except ImportError:
            version = None
        answer({"python": platform.python_version(), "uvloop": version})
    order = json.loads(sys.argv[1])
    if order["peer"] == "uvloop":
        import uvloop

        uvloop.install()
    body = PROGRAMS[order["case"]]
    answer(take_samples(lambda n: asyncio.run(body(n)), order))


main()
