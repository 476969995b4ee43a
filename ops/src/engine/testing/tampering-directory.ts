import type { DeviceList } from '@sotto/protocol';
import { decodeSignedDeviceList, fromBase64url, toBase64url } from '@sotto/protocol';

/** What a person's device list is replaced by; undefined to pass it on. */
export type Replacing = (list: DeviceList, encoded: Uint8Array) => Promise<Uint8Array | undefined>;

/** A `fetch` whose answers about people pass through a hostile server's hands. */
export function tamperingDirectory(replacing: () => Replacing | undefined): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const path = new URL(input instanceof Request ? input.url : input).pathname;
    const replace = replacing();
    if (!replace || !response.ok || !/^\/api\/(people|accounts)\/[^/]+$/.test(path)) return response;
    const body = (await response.json()) as { deviceList: string };
    const encoded = fromBase64url(body.deviceList);
    const replaced = await replace(decodeSignedDeviceList(encoded).list, encoded);
    return Response.json({ ...body, deviceList: toBase64url(replaced ?? encoded) });
  };
}
