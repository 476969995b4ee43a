import type { ChunkPlace, ChunkStore, PlaceRange } from '../attachments/chunk-store.js';
import { answered } from './answered.js';
import { readNumbers, readTexts } from './fields.js';
import type { HostLink } from './host-link.js';

/** Places in one answer. */
const PAGE_PLACES = 256;

/** The chunk store that a store host has open. */
export class HostedChunkStore implements ChunkStore {
  readonly #link: HostLink;

  constructor(link: HostLink) {
    this.#link = link;
  }

  async put(place: ChunkPlace, index: number, bytes: Uint8Array): Promise<void> {
    answered(
      await this.#link.ask(
        'putChunk',
        (writer) => void writer.varString(place).varUint(index).varBytes(bytes),
      ),
    );
  }

  async get(place: ChunkPlace, index: number): Promise<Uint8Array | undefined> {
    const answer = await this.#link.ask('getChunk', (writer) => void writer.varString(place).varUint(index));
    const reader = answered(answer);
    return reader.byte() === 1 ? reader.varBytes() : undefined;
  }

  async present(place: ChunkPlace, count: number): Promise<number[]> {
    const answer = await this.#link.ask(
      'presentChunks',
      (writer) => void writer.varString(place).varUint(count),
    );
    return readNumbers(answered(answer));
  }

  async remove(place: ChunkPlace, count: number): Promise<void> {
    answered(await this.#link.ask('removeChunks', (writer) => void writer.varString(place).varUint(count)));
  }

  async places({ prefix = '', limit, ...range }: PlaceRange): Promise<ChunkPlace[]> {
    const found: ChunkPlace[] = [];
    let after = range.after;
    while (found.length < limit) {
      const most = Math.min(PAGE_PLACES, limit - found.length);
      const from = after ?? '';
      const answer = await this.#link.ask(
        'chunkPlaces',
        (writer) => void writer.varString(prefix).varString(from).varUint(most),
      );
      const page = readTexts(answered(answer)) as ChunkPlace[];
      found.push(...page);
      if (page.length < most) break;
      after = page.at(-1)!;
    }
    return found;
  }
}
