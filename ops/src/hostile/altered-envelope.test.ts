import { isMessage } from '../people/person.js';
import { attackTest } from './testing/attack.js';
import { tamperingLog } from './testing/tampering-log.js';

/** A server, or a member who has the chain's keys, that changes what somebody wrote. */
attackTest(import.meta.url, {
  threat: 'T4',
  title: 'an envelope with a changed byte is not shown',
  checks: [
    {
      what: 'the signature of an envelope',
      file: 'packages/client/dist/crypto/sender-keys.js',
      find: 'if (!(await verify(signingPublicKey, parsed.signedBytes, parsed.signature)))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    let altered = 0;
    let alter = false;
    const mara = await world.person('mara');
    const noor = await world.person('noor', {
      openSocket: tamperingLog((served) => {
        if (!alter || !served.document.startsWith('m.')) return [served];
        altered += 1;
        // The signature is at the end; a changed one vouches for nothing.
        const envelope = served.envelope.slice();
        envelope[envelope.length - 5]! ^= 1;
        return [{ ...served, envelope }];
      }),
    });
    const { conversation } = world;
    alter = true;
    await mara.engine.calls.send({ conversation, text: 'as I wrote it' });
    await world.served(() => altered > 0);
    await world.harmless(async () => {
      const { items } = await noor.untilTimeline(conversation, () => true);
      return !items.filter(isMessage).some(({ text }) => text === 'as I wrote it');
    }, 'shown, though nobody vouches for it');
  },
});
