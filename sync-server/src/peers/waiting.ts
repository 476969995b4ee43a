import { CLOSE } from '../transport/closing.js';

/** A socket of which nobody knows yet whose it is. */
export interface Unknown {
  readonly isUnknown: boolean;
  end(code: number): void;
}

/** Sockets before their hello: so many at most, whoever opens them; the oldest gives way. */
export class Waiting {
  readonly #most: number;
  readonly #sockets = new Set<Unknown>();

  constructor(most: number) {
    this.#most = most;
  }

  add<T extends Unknown>(socket: T): T {
    this.#sockets.add(socket);
    if (this.#sockets.size > this.#most) this.#makeRoom();
    return socket;
  }

  #makeRoom(): void {
    for (const socket of this.#sockets) if (!socket.isUnknown) this.#sockets.delete(socket);
    for (const oldest of this.#sockets) {
      if (this.#sockets.size <= this.#most) return;
      this.#sockets.delete(oldest);
      oldest.end(CLOSE.tryLater);
    }
  }
}
