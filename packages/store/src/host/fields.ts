import type { ByteReader, ByteWriter, DocumentName, LogRecord } from '@sotto/protocol';
import { DecodeError } from '@sotto/protocol';
import type { Claim, ClaimRange } from '../claims/claim-store.js';
import type { Stored } from '../log/log-store.js';

const NONCE_BYTES = 16;
const STORED: readonly Stored[] = ['stored', 'present', 'fork', 'gap'];

export function writeRecords(writer: ByteWriter, document: string, records: readonly LogRecord[]): void {
  writer.varString(document).varUint(records.length);
  for (const { client, clock, body } of records) writer.varUint(client).varUint(clock).varBytes(body);
}

/** Bodies are views on what was read. */
export function readRecords(reader: ByteReader): { document: DocumentName; records: LogRecord[] } {
  // Spelt by this store's own server, which parsed it when it came from outside.
  const document = reader.varString() as DocumentName;
  const count = reader.varUint();
  const records: LogRecord[] = [];
  while (records.length < count) {
    const [client, clock, body] = [reader.varUint(), reader.varUint(), reader.varBytes()];
    records.push({ document, client, clock, body });
  }
  return { document, records };
}

export function writeOutcomes(writer: ByteWriter, outcomes: readonly Stored[]): void {
  writer.varBytes(Uint8Array.from(outcomes, (outcome) => STORED.indexOf(outcome)));
}

export function readOutcomes(reader: ByteReader): Stored[] {
  return Array.from(reader.varBytes(), (value) => {
    const outcome = STORED[value];
    if (!outcome) throw new DecodeError('shape', 'outcome');
    return outcome;
  });
}

export function writeVector(writer: ByteWriter, vector: ReadonlyMap<number, number>): void {
  writer.varUint(vector.size);
  for (const [client, next] of vector) writer.varUint(client).varUint(next);
}

export function readVector(reader: ByteReader): Map<number, number> {
  const vector = new Map<number, number>();
  for (let left = reader.varUint(); left > 0; left -= 1) vector.set(reader.varUint(), reader.varUint());
  return vector;
}

export function writeClaim(writer: ByteWriter, { key, nonce, body, at }: Claim): void {
  writer.varString(key).raw(nonce).varUint(at).varBytes(body);
}

/** A copy: claims are kept, and a view would keep all that came with it. */
export function readClaim(reader: ByteReader): Claim {
  const key = reader.varString();
  const nonce = reader.take(NONCE_BYTES).slice();
  const at = reader.varUint();
  return { key, nonce, body: reader.varBytes().slice(), at };
}

export function writeRange(writer: ByteWriter, { prefix, after, limit, reverse }: ClaimRange): void {
  writer.varString(prefix);
  writer.byte(after === undefined ? 0 : 1).varString(after ?? '');
  writer.varUint(limit ?? 0).byte(reverse ? 1 : 0);
}

export function readRange(reader: ByteReader): ClaimRange {
  const prefix = reader.varString();
  const hasAfter = reader.byte() === 1;
  const after = reader.varString();
  const limit = reader.varUint();
  return { prefix, ...(hasAfter && { after }), ...(limit > 0 && { limit }), reverse: reader.byte() === 1 };
}

export function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.varUint(texts.length);
  for (const text of texts) writer.varString(text);
}

export function readTexts(reader: ByteReader): string[] {
  const texts: string[] = [];
  for (let left = reader.varUint(); left > 0; left -= 1) texts.push(reader.varString());
  return texts;
}

export function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varUint(numbers.length);
  for (const number of numbers) writer.varUint(number);
}

export function readNumbers(reader: ByteReader): number[] {
  const numbers: number[] = [];
  for (let left = reader.varUint(); left > 0; left -= 1) numbers.push(reader.varUint());
  return numbers;
}
