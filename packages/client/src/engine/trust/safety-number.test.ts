import { type AccountId, randomId, toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair } from '../../crypto/index.js';
import { compareScanned, type Identified, safetyNumber } from './safety-number.js';

const test = suite('safety numbers');
const somebody = (): Identified => ({
  account: randomId<AccountId>(),
  identity: generateIdentityKeyPair().publicKey,
});
const [ada, bo] = [somebody(), somebody()];

test('U10: both sides see the same 60 digits, and another key gives others', () => {
  const [ours, theirs] = [safetyNumber(ada, bo), safetyNumber(bo, ada)];
  assert.match(ours.displayable, /^\d{60}$/);
  assert.is(ours.displayable, theirs.displayable);
  const swapped = safetyNumber(ada, { ...bo, identity: somebody().identity });
  assert.is.not(swapped.displayable, ours.displayable);
  const renamed = safetyNumber(ada, { ...bo, account: somebody().account });
  assert.is.not(renamed.displayable, ours.displayable, 'a number is of two accounts');
});

test('U10: a scan of the other side matches; one’s own code and other people’s do not', () => {
  const ours = safetyNumber(ada, bo);
  const scan = (number: ReturnType<typeof safetyNumber>) =>
    compareScanned(ours, ` ${toBase64url(number.scannable)}\n`);
  assert.is(scan(safetyNumber(bo, ada)), 'match');
  assert.is(scan(ours), 'mismatch');
  assert.is(scan(safetyNumber(somebody(), ada)), 'mismatch');
  for (const junk of ['', '!', 'https://example.org', 'AAAA', toBase64url(ours.scannable.slice(1))])
    assert.is(compareScanned(ours, junk), 'not-a-code', junk);
});

test.run();
