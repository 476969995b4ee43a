import { ANSWER, encodeStruct, feedRoot, joinUpdate, parseUpdate } from '@sotto/protocol';
import * as assert from 'uvu/assert';
import { deviceOf } from '../engine/testing/own-devices.js';
import { said } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { deviceOfRoot } from './testing/device-of-root.js';
import { inboxOf } from './testing/inbox.js';
import { shown } from './testing/shown.js';

/**
 * A server that puts what lies in one inbox into another, and into the same one again in another order. One of the sessions began
 * without a one-time pre-key, which the server kept back: what began it could begin another one.
 */
attackTest(import.meta.url, {
  threat: 'T20',
  title: 'records in the wrong inbox, repeated or in another order, give nobody a key and spoil no session',
  checks: [],
  unneeded: [
    {
      what: 'that only listed devices are heard',
      file: 'packages/client/dist/engine/device/inbox-reader.js',
      find: 'if (!element || !(await this.#isListed(element.account, device)))',
      // Whoever is heard is looked up all the same.
      replace: 'await (element && this.#isListed(element.account, device)); if (!element)',
    },
    {
      what: 'that a session is with the listed device',
      file: 'packages/client/dist/account/directory.js',
      find: 'return listed !== undefined && constantTimeEqual(listed.key, key);',
      replace: 'return true;',
    },
    {
      what: "the device's signature of its chain",
      file: 'packages/client/dist/conversation/chain-signature.js',
      find: 'if (!(await holds(deviceKey, signedBytes(name, signingKey), signature)))',
      replace: 'if (false)',
    },
    {
      what: 'that a chain is of the device whose session brought it',
      file: 'packages/client/dist/conversation/chain.js',
      find: 'if (idFromBytes(distribution.distributionId) !== distributionId(name))',
      replace: 'if (false)',
    },
    {
      what: 'that a chain is never overwritten',
      file: 'packages/client/dist/conversation/chain.js',
      find: 'if (!same || !leadsTo(earlier.distribution, later.distribution))',
      replace: 'if (false)',
    },
    {
      what: 'that a session begins once',
      file: 'packages/client/dist/account/signal-stores.js',
      find: 'if (await pending.get(use))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const { conversation, servers } = world;
    const [mara, noor, teo] = [
      await world.person('mara'),
      await world.person('noor'),
      await world.person('teo'),
    ];
    const device = await deviceOf(noor);
    for (const kind of ['one', 'kem'])
      for (const { key } of await servers.stores.claims.list({ prefix: `prekey:${device}:${kind}:` }))
        await servers.stores.claims.remove(key);
    const vera = await world.somebody('vera');
    const veras = await world.acquaint(vera, noor);
    const from = await inboxOf(servers, noor);
    const records = await servers.stores.log.read(from, new Map());
    const elements = parseUpdate(joinUpdate(records), from, ANSWER).flatMap(({ structs }) => {
      const device = deviceOfRoot(structs[0]!.root!);
      return structs.map(({ envelope }) => ({ device, envelope }));
    });
    assert.ok(elements.length > 0, 'there is something in the inbox');
    let client = 5_000_000;
    for (const inbox of [from, await inboxOf(servers, teo)])
      for (const { device, envelope } of [...elements].reverse()) {
        client += 1;
        const body = encodeStruct(feedRoot(device, client), client, 0, envelope);
        await servers.stores.log.append([{ document: inbox, client, clock: 0, body }]);
      }
    for (const person of [noor, teo]) await person.reload();
    await teo.untilOnline();
    await mara.engine.calls.send({ conversation, text: 'after it' });
    await noor.engine.calls.send({ conversation, text: 'and back' });
    for (const person of [mara, noor]) {
      await world.noticed(async () => (await shown(person, conversation)).length === 4, 'it does not go on');
      assert.is(said(await person.untilTimeline(conversation, () => true)).length, 4);
    }
    await world.harmless(async () => (await teo.conversations()).length === 0, 'Teo was given a key');
    await vera.engine.calls.send({ conversation: veras, text: 'so do we' });
    await noor.engine.calls.send({ conversation: veras, text: 'and so do I' });
    for (const person of [vera, noor])
      await world.noticed(async () => (await shown(person, veras)).length === 4, 'theirs does not go on');
    assert.equal([...noor.faults, ...teo.faults, ...vera.faults], []);
  },
});
