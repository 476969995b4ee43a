import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { distributionId, type ReceivedChain } from './chain.js';
import { ChainCache } from './chain-cache.js';
import { type FoundEnvelope, openEnvelope, openEnvelopes } from './envelope.js';
import { account, bindingAt, chainOf, device, positionAt, sealText } from './envelope-fixture.js';
import { isConversationError } from './errors.js';
import { readOwnChain } from './own-chain.js';

const test = suite('open-envelopes');

/** Envelopes of one chain, good and bad, in an order in which a feed would not have them. */
async function found(): Promise<{ envelopes: FoundEnvelope[]; received: ReceivedChain }> {
  const chain = chainOf();
  const good: FoundEnvelope[] = [];
  for (let clock = 0; clock < 12; clock++) {
    const bytes = await sealText(chain, clock, `m${clock}`, bindingAt({ clock }));
    good.push({ bytes, position: positionAt({ clock }), device });
  }
  const forged = new Uint8Array(good[3]!.bytes);
  forged[forged.length - 70]! ^= 1;
  const repeated = await sealText(chain, 5, 'again', bindingAt({ clock: 50 }));
  const stranger = await sealText(chainOf({ epoch: 9 }), 0, 'unknown chain', bindingAt({ clock: 51 }));
  const envelopes = [
    ...good.slice(6),
    { ...good[3]!, bytes: forged },
    ...good.slice(0, 6),
    { bytes: repeated, position: positionAt({ clock: 50 }), device },
    { bytes: stranger, position: positionAt({ clock: 51 }), device },
    { ...good[2]!, position: positionAt({ clock: 52 }) },
    { ...good[2]!, bytes: new Uint8Array(3) },
    good[2]!,
  ];
  return { envelopes, received: readOwnChain(chain, account) };
}

const outcome = (opened: object) =>
  isConversationError(opened) ? opened.code : { ...opened, chain: undefined };

test('X8, many at once open and are refused as one after the other', async () => {
  const { envelopes, received } = await found();
  const known = distributionId(received);
  const at = () => ({
    chains: (id: string) => (id === known ? received : undefined),
    cache: new ChainCache(),
  });
  const alone = at();
  const expected: unknown[] = [];
  for (const envelope of envelopes)
    expected.push(
      await openEnvelope({ ...envelope, ...alone }).then(outcome, (error: object) => outcome(error)),
    );
  const together = (await openEnvelopes(envelopes, at())).map(outcome);
  assert.equal(together, expected);
  const codes = expected.filter((value) => typeof value === 'string');
  assert.equal(codes, [
    'conversation/forged',
    'conversation/repeated',
    'conversation/misplaced',
    'conversation/malformed',
  ]);
  assert.equal(await openEnvelopes([], at()), []);
});

test.run();
