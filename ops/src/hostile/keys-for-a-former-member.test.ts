import { deviceOf } from '../engine/testing/own-devices.js';
import { accountOf } from '../people/account.js';
import { attackTest } from './testing/attack.js';
import { chainsOf } from './testing/chains.js';
import { foundGroup } from './testing/group.js';
import { linkOwnDevice } from './testing/own-device.js';
import { inboxSize, says } from './testing/says.js';

const QUIET_MS = 1_000;

/** A count, once it has stayed the same for a while. */
async function settled(count: () => Promise<number>): Promise<number> {
  for (let last = await count(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const now = await count();
    if (now === last) return now;
    last = now;
  }
}

/** Somebody who was taken out asks for a chain that was theirs, around which the newest state key would come. */
attackTest(import.meta.url, {
  threat: 'T27',
  title: 'whoever was taken out is given nothing again, not even what was theirs',
  checks: [
    {
      what: 'that only members are answered',
      file: 'packages/client/dist/engine/repair/answering.js',
      find: 'return isListed && (member?.identities.some((named) => equalBytes(named, identity)) ?? false);',
      replace: 'return isListed;',
    },
  ],
  async attempt(world) {
    const mara = await world.person('mara');
    const noor = await world.person('noor');
    const teo = await world.person('teo');
    const phone = await linkOwnDevice(world, 'noor');
    const to = { account: await accountOf(mara), device: await deviceOf(mara) };
    const group = await foundGroup(mara, noor, teo);
    await mara.engine.calls.send({ conversation: group, text: 'for noor too' });
    await teo.untilTimeline(group, ({ items }) => items.some(({ kind }) => kind === 'message'));
    const chains = await chainsOf(world, group, to.device);
    const inbox = () => inboxSize(world, phone.device.published.id);
    const given = await inbox();
    await mara.engine.calls.removeMember({ conversation: group, account: phone.account });
    await teo.untilDetails(group, ({ members }) => members.length === 2);
    await mara.engine.calls.send({ conversation: group, text: 'without noor' });
    await teo.untilTimeline(group, ({ items }) =>
      items.some((item) => item.kind === 'message' && item.text === 'without noor'),
    );
    // That they were taken out, and by whom, they are told.
    await world.served(async () => (await inbox()) > given);
    const told = await settled(inbox);
    for (const asked of [chains, []])
      await says(world, phone, to, {
        type: 'request',
        conversations: [{ conversation: group, chains: asked }],
        account: false,
      });
    await world.harmless(async () => (await inbox()) === told, 'a former member was given keys');
  },
});
