import * as v from 'valibot';
import { binary, binaryOf, count, deviceId } from '../bytes/schemas.js';
import { authKey, deviceList, newDevice, publicKey } from './fields.js';

/** Names a link ticket: in its QR code and in paths, so no secret. */
export const ticketId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/));
const secret = binaryOf(32);
/** What one device seals to another through a ticket. */
const sealed = binary(16_384);

/** `POST /api/links`: a browser that is to become a device asks for a ticket, without any session. 201. */
export const newLinkRequest = v.strictObject({ device: newDevice });
/** `secret` is what the new device asks by; `expiresIn` in seconds. */
export const newLinkResponse = v.object({ ticket: ticketId, secret, expiresIn: count });

/** `GET /api/links/:ticket`: what the server would link, for the approving device to hold against the code. */
export const linkResponse = v.object({ device: deviceId, identityKey: publicKey, expiresIn: count });

/** `POST /api/links/:ticket/approve`: a list that names the ticket's device, and what it needs to know. 204. */
export const approveLinkRequest = v.strictObject({ authKey, deviceList, sealed });

/** `POST /api/links/:ticket/{wait,complete,cancel}`: from the new device. */
export const linkSecretRequest = v.strictObject({ secret });
/** Answered when the link is approved, or after some seconds without. */
export const waitForLinkResponse = v.object({ sealed: v.nullable(sealed) });
