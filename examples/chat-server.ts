// A chat room for anybody with telnet or netcat: what one says, the others read. A reader that is too slow for its
// room is put out of it, so that one bad line cannot hold up the rest.
//
//   node scripts/run-program.mjs examples/chat-server.ts [port]     then: nc 127.0.0.1 <port>
//   node scripts/run-program.mjs examples/chat-server.ts --demo     three guests that talk to each other
import {
  createTask,
  gather,
  getRunningLoop,
  type InetAddress,
  openConnection,
  run,
  startServer,
  type StreamReader,
  type StreamWriter,
} from 'asyncio-ts';

const text = new TextDecoder();
const bytes = new TextEncoder();
const MOST_UNREAD = 1_000_000;

class Room {
  readonly #guests = new Map<string, StreamWriter>();

  /** One guest, from the first line to the last. */
  async serve(reader: StreamReader, writer: StreamWriter): Promise<void> {
    let name = '';
    try {
      writer.write(bytes.encode('Your name?\n'));
      name = text.decode(await reader.readline()).trim();
      if (name === '' || this.#guests.has(name)) {
        writer.write(bytes.encode('That name is taken, or none.\n'));
        name = '';
        return;
      }
      this.#say(`* ${name} has come in`);
      this.#guests.set(name, writer);
      writer.write(
        bytes.encode(`Welcome, ${name}. Here: ${[...this.#guests.keys()].join(', ')}\n`),
      );
      for await (const line of reader) this.#say(`${name}: ${text.decode(line).trim()}`, name);
    } catch (error) {
      // A connection that was cut, or a line beyond the limit: the end of this guest only.
      console.log(
        `${name === '' ? 'somebody' : name} left because of: ${(error as Error).message}`,
      );
    } finally {
      if (name !== '') {
        this.#guests.delete(name);
        this.#say(`* ${name} has left`);
      }
      writer.close();
    }
  }

  #say(line: string, from = ''): void {
    console.log(line);
    const data = bytes.encode(`${line}\n`);
    for (const [name, writer] of this.#guests) {
      if (name === from || writer.isClosing()) continue;
      if (writer.transport.getWriteBufferSize() > MOST_UNREAD) writer.transport.abort();
      else writer.write(data);
    }
  }
}

async function guest(
  port: number,
  name: string,
  talk: (hear: () => Promise<string>, say: (line: string) => void) => Promise<void>,
): Promise<void> {
  const [reader, writer] = await openConnection('127.0.0.1', port);
  const hear = async (): Promise<string> => text.decode(await reader.readline()).trim();
  const say = (line: string): void => writer.write(bytes.encode(`${line}\n`));
  await hear();
  say(name);
  await talk(hear, say);
  writer.close();
  await writer.waitClosed();
}

async function demo(port: number): Promise<void> {
  const here = getRunningLoop().createFuture<void>();
  await gather(
    createTask(() =>
      guest(port, 'ada', async (hear, say) => {
        await hear();
        here.setResult();
        await hear(); // grace comes in
        await hear(); // alan comes in
        say('hello, both');
        await hear();
        await hear();
      }),
    ),
    createTask(async () => {
      await here;
      await guest(port, 'grace', async (hear, say) => {
        await hear();
        const alan = createTask(() =>
          guest(port, 'alan', async (hearAlan, sayAlan) => {
            await hearAlan();
            await hearAlan();
            sayAlan('hello from alan');
          }),
        );
        await hear(); // alan comes in
        await hear(); // ada says hello
        say('hello from grace');
        await alan;
      });
    }),
  );
}

await run(async () => {
  const [argument = '8888'] = process.argv.slice(2);
  const room = new Room();
  const isDemo = argument === '--demo';
  const server = await startServer(
    (reader, writer) => room.serve(reader, writer),
    '127.0.0.1',
    isDemo ? 0 : Number(argument),
  );
  const [host, port] = server.sockets[0]!.getsockname() as InetAddress;
  if (!isDemo) {
    console.log(`Come in: nc ${host} ${port}`);
    await server.serveForever();
  }
  await demo(port);
  server.close();
  await server.waitClosed();
  console.log('the room is empty');
});
