# The echo servers of CPython: server.py asyncio|uvloop protocol|streams SIZE. Speaks as server.ts does.
import asyncio
import sys
import threading
import time

loop_kind, kind, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
if loop_kind == 'uvloop':
    import uvloop
    uvloop.install()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def echo(reader, writer):
    while data := await reader.read(size):
        writer.write(data)
        await writer.drain()
    writer.close()


def answer():
    for _ in sys.stdin:
        print(int(time.process_time() * 1e6), flush=True)


async def main():
    if kind == 'protocol':
        server = await asyncio.get_running_loop().create_server(Echo, '127.0.0.1', 0, backlog=1024)
    else:
        server = await asyncio.start_server(echo, '127.0.0.1', 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


threading.Thread(target=answer, daemon=True).start()
asyncio.run(main())
