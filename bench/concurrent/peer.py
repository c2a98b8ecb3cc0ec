"""The same measurements with CPython's executors through asyncio: peer.py PEER WHAT WORKERS."""

import asyncio
import concurrent.futures
import json
import statistics
import sys
import time

PEER, WHAT, WORKERS = sys.argv[1], sys.argv[2], int(sys.argv[3])


def empty(x):
    return x


async def main():
    loop = asyncio.get_running_loop()
    kind = (
        concurrent.futures.ProcessPoolExecutor
        if PEER == "python-processes"
        else concurrent.futures.ThreadPoolExecutor
    )
    with kind(WORKERS) as pool:
        await asyncio.gather(
            *(loop.run_in_executor(pool, empty, i) for i in range(WORKERS * 4))
        )

        async def round_trips(n):
            for i in range(n):
                await loop.run_in_executor(pool, empty, i)

        async def throughput(n):
            await asyncio.gather(
                *(loop.run_in_executor(pool, empty, i) for i in range(n))
            )

        sample = round_trips if WHAT == "round-trip" else throughput
        n = 1000
        await sample(n)
        values = []
        for _ in range(5):
            start = time.perf_counter()
            await sample(n)
            values.append((time.perf_counter() - start) * 1e6 / n)
        print(json.dumps([statistics.median(values)]))


asyncio.run(main())
