import type { Server, Socket } from 'node:net';
import { createConnection, createServer } from 'node:net';

/** Stands between servers and a store host: holds back what one of them says, or cuts the connections. */
export class UnixProxy {
  readonly #server: Server;
  readonly #pairs = new Set<{ near: Socket; far: Socket }>();
  #holding = false;
  /** Bytes that pass from the host before everything is cut. */
  #cutAfter = Number.POSITIVE_INFINITY;
  cuts = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param path where it listens @param target where the host does */
  static async start(path: string, target: string): Promise<UnixProxy> {
    const server = createServer();
    const proxy = new UnixProxy(server);
    server.on('connection', (near: Socket) => proxy.#join(near, createConnection(target)));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return proxy;
  }

  /** Nothing that the host says arrives any more, until {@link release}. */
  hold(): void {
    this.#holding = true;
    for (const { far } of this.#pairs) far.pause();
  }

  release(): void {
    this.#holding = false;
    for (const { far } of this.#pairs) far.resume();
  }

  cut(): void {
    this.cuts += 1;
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  cutAfter(bytes: number): void {
    this.#cutAfter = bytes;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket, far: Socket): void {
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => one.destroy());
      one.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk: Buffer) => this.#pass(chunk, near));
    if (this.#holding) far.pause();
  }

  #pass(chunk: Buffer, near: Socket): void {
    if (chunk.length < this.#cutAfter) {
      this.#cutAfter -= chunk.length;
      near.write(chunk);
      return;
    }
    near.write(chunk.subarray(0, this.#cutAfter), () => this.cut());
    this.#cutAfter = Number.POSITIVE_INFINITY;
  }
}
