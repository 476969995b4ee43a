import { Buffer } from 'node:buffer';

/** FIN and the opcode of a binary message (RFC 6455 5.2): one frame, not masked, as servers send. */
const BINARY = 0x82;
/** Payload lengths that say that the length follows, in two bytes or in eight. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;

function headerBytes(payload: number): number {
  if (payload < LENGTH_16) return 2;
  return payload <= 0xffff ? 4 : 10;
}

/**
 * A binary WebSocket message in one frame, in one piece of memory: one system call writes it, and it can be written to
 * any number of sockets (RFC 6455 5.2).
 * @param length bytes of the payload
 * @param fill writes the payload at an offset of the message
 */
export function binaryMessage(length: number, fill: (message: Buffer, at: number) => void): Buffer {
  const at = headerBytes(length);
  const message = Buffer.allocUnsafe(at + length);
  message[0] = BINARY;
  if (at === 2) message[1] = length;
  else if (at === 4) {
    message[1] = LENGTH_16;
    message[2] = length >> 8;
    message[3] = length & 0xff;
  } else {
    message[1] = LENGTH_64;
    message.writeBigUInt64BE(BigInt(length), 2);
  }
  fill(message, at);
  return message;
}
