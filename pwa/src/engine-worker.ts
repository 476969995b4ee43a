import { createEngine, type Engine } from '@sotto/client';
import { openBrowserProfiles } from '@sotto/client/store/browser';
import { deviceNameOf } from './platform/device-name.js';
import { hostEngine } from './platform/engine-host.js';

/** The engine's worker. This is the one place that composes the engine for a browser. */
async function compose(): Promise<Engine> {
  return createEngine({
    origin: location.origin,
    profiles: await openBrowserProfiles(),
    openSocket: (url) => new WebSocket(url),
    deviceName: deviceNameOf(navigator.userAgent),
    report: (error) => self.reportError(error),
  });
}

hostEngine(compose);
