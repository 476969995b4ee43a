import {
  type AccountId,
  addDeviceRequest,
  addPreKeysRequest,
  type DeviceId,
  ProtocolError,
  schemas,
} from '@sotto/protocol';
import { route } from '@sotto/service';
import type { ClaimStore } from '@sotto/store';
import type { Express } from 'express';
import * as v from 'valibot';
import { linkDevice, speaksFor, takeBundle } from '../devices/devices.js';
import { countOneTime, dropReplaced, storePreKeys } from '../devices/pre-keys.js';
import type { Parts } from '../parts.js';
import { answerSession } from '../sessions/session-answer.js';

async function requireListed(claims: ClaimStore, account: AccountId, device: DeviceId): Promise<void> {
  if (!(await speaksFor(claims, account, device)))
    throw new ProtocolError('auth/forbidden', { detail: 'device not listed' });
}

/** `/api/devices` and `/api/pre-keys`: linking a device, and keys that others reach it with (SPEC H8, H10 to H12). */
export function addDeviceRoutes(app: Express, parts: Parts): void {
  const { claims, accounts, sessions, callers, throttle } = parts;

  route(
    app,
    'post',
    '/api/devices',
    { body: addDeviceRequest, authenticate: callers.of, status: 201 },
    async ({ body, caller }) => {
      throttle.pass('changeDevices', caller.sub);
      await sessions.requireBindable(caller.sid, body.device.id);
      const { replacing, ...added } = body;
      if (replacing) {
        throttle.pass('passwordAgain', caller.sub);
        await accounts.replace(caller.sub, { ...added, replacing });
      } else await linkDevice(claims, caller.sub, added);
      await sessions.bind(caller.sid, body.device.id);
      const session = { id: caller.sid, account: caller.sub, device: body.device.id };
      return answerSession(parts, session);
    },
  );

  route(
    app,
    'post',
    '/api/devices/:device/bundle',
    { params: v.object({ device: schemas.deviceId }), authenticate: callers.of },
    async ({ params, caller }) => {
      throttle.pass('takeBundles', caller.sub);
      throttle.pass('takeBundlesOfDevice', `${caller.sub} ${params.device}`);
      return takeBundle(claims, params.device);
    },
  );

  route(app, 'get', '/api/pre-keys', { authenticate: callers.deviceOf }, async ({ caller }) => ({
    oneTime: await countOneTime(claims, caller.did, 'one'),
    oneTimeKem: await countOneTime(claims, caller.did, 'kem'),
  }));

  route(
    app,
    'post',
    '/api/pre-keys',
    { body: addPreKeysRequest, authenticate: callers.deviceOf },
    async ({ body, caller }) => {
      throttle.pass('changeDevices', caller.sub);
      await requireListed(claims, caller.sub, caller.did);
      await storePreKeys(claims, caller.did, body);
      await dropReplaced(claims, caller.did, body);
    },
  );
}
