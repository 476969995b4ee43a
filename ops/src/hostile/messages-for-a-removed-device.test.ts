import { attackTest } from './testing/attack.js';
import { shown } from './testing/shown.js';
import { stealPhone } from './testing/stolen-phone.js';

/** A server that goes on serving a stolen device after its owner removed it. */
attackTest(import.meta.url, {
  threat: 'T22',
  title: 'a removed device that is served all the same reads nothing of what is said from then on',
  checks: [
    {
      what: 'that a chain seals nothing more once somebody has it who is not listed any more',
      file: 'packages/client/dist/engine/sending/room-keys.js',
      find: 'return !(await this.#sharing.isAmong(chain, this.#recipients()));',
      replace: 'return false;',
    },
  ],
  async attempt(world) {
    const { conversation } = world;
    const [mara, noor] = [await world.person('mara'), await world.person('noor')];
    const phone = await stealPhone(world, noor);
    await mara.engine.calls.send({ conversation, text: 'before' });
    await noor.untilTimeline(conversation, ({ items }) => items.length >= 3);
    await phone.remove();
    await mara.untilDetails(conversation, ({ members }) => members[1]!.devices.length === 1);
    await mara.engine.calls.send({ conversation, text: 'after' });
    await noor.untilTimeline(conversation, ({ items }) => items.length >= 4);
    const thief = await phone.switchOn();
    await thief.untilTimeline(conversation, ({ items }) => items.length >= 4);
    await world.harmless(
      async () => !(await shown(thief, conversation)).includes('mara: after'),
      'the thief goes on reading',
    );
  },
});
