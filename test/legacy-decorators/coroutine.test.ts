// `@coroutine` under experimentalDecorators, where a decorator is called with a target, a key and a
// property descriptor. (The standard form is tested where coroutines are.)
import { expect, test } from 'vitest';
import { Coroutine, type GeneratorBody, coroutine, run, sleep } from '../../src/index.ts';

const calls: unknown[][] = [];
function witness(...args: unknown[]): void {
  calls.push(args);
}

class Account {
  balance = 1;

  @coroutine
  async deposit(amount: number): Promise<number> {
    await sleep(0);
    this.balance += amount;
    return this.balance;
  }

  @coroutine
  *withdraw(amount: number): GeneratorBody<number> {
    yield* sleep(0);
    this.balance -= amount;
    return this.balance;
  }

  @coroutine
  static async open(): Promise<Account> {
    await sleep(0);
    return new this();
  }

  @witness
  probe(): void {}
}

test('these are decorators of the old kind', () => {
  expect(calls).toEqual([
    [Account.prototype, 'probe', expect.objectContaining({ value: Account.prototype.probe })],
  ]);
});

test('a decorated method gives a lazy coroutine that knows its object', async () => {
  const account = new Account();
  const deposit: unknown = account.deposit(4);
  const withdraw: unknown = account.withdraw(2);
  expect(deposit).toBeInstanceOf(Coroutine);
  expect(withdraw).toBeInstanceOf(Coroutine);
  expect(account.balance).toBe(1);
  expect(await run(() => deposit)).toBe(5);
  expect(await run(() => withdraw)).toBe(3);
});

test('a decorated static method knows its class', async () => {
  const opening: unknown = Account.open();
  expect(opening).toBeInstanceOf(Coroutine);
  expect(await run(() => opening)).toBeInstanceOf(Account);
});
