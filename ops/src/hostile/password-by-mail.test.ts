import { codeOf } from '../engine/testing/own-devices.js';
import { attackTest } from './testing/attack.js';
import { resetByMail, THIEFS_PASSWORD } from './testing/mailbox-thief.js';

/** Somebody sets Vera's password by mail, signs in by it, and then begins her account anew: the server has her vault and her archive. */
attackTest(import.meta.url, {
  threat: 'T28',
  title: 'a password that was set by mail opens no vault, and an account begun anew by it no archive',
  checks: [
    {
      what: "that the key of the vault's password half comes of the password",
      file: 'packages/client/dist/account/vault.js',
      find: "return importAesGcmKey(hkdfSha256(vaultHalf, undefined, 'Sotto vault password v1', 32));",
      replace: 'return importAesGcmKey(new Uint8Array(32));',
    },
    {
      what: 'that a vault is bound to how its password was derived',
      file: 'packages/client/dist/account/vault.js',
      find: "return encodeCbor(['Sotto vault v1', seal, { v: 1, account, version, kdf: fields.kdf }]);",
      replace: "return encodeCbor(['Sotto vault v1', seal, { v: 1, account, version }]);",
    },
  ],
  unneeded: [
    {
      what: 'that a vault is bound to how its password was derived',
      file: 'packages/client/dist/account/vault.js',
      find: "return encodeCbor(['Sotto vault v1', seal, { v: 1, account, version, kdf: fields.kdf }]);",
      replace: "return encodeCbor(['Sotto vault v1', seal, { v: 1, account, version }]);",
    },
    {
      what: 'that a vault names its account',
      file: 'packages/client/dist/account/vault.js',
      find: 'if (vault.account !== account)',
      replace: 'if (false)',
    },
    {
      what: 'that a vault is not older than the list',
      file: 'packages/client/dist/account/seen-versions.js',
      find: 'if (vaultVersion < list.vault)',
      replace: 'if (false)',
    },
    {
      what: 'that a list is signed by the key of the vault',
      file: 'packages/client/dist/account/device-list.js',
      find: 'if (identities.some((identity) => identity && !constantTimeEqual(identity, list.identity)))',
      replace: 'if (false)',
    },
    {
      what: 'that who archives is listed',
      file: 'packages/client/dist/conversation/archive-record.js',
      find: 'if (!by)',
      replace: 'if (false)',
    },
    {
      what: 'the signature of who archives',
      file: 'packages/client/dist/conversation/archive-record.js',
      find: 'if (!(await holds(by, signedBytes(account, signed), signature)))',
      replace: 'if (false)',
    },
  ],
  async attempt(world) {
    const [mara, vera] = [await world.person('mara'), await world.somebody('vera')];
    await world.acquaint(mara, vera);
    await resetByMail(world, vera);
    const thief = await world.newcomer('thief');
    const login = { login: 'vera', password: THIEFS_PASSWORD };
    const code = await codeOf(thief.engine.calls.signIn(login));
    if (code !== undefined && code !== 'client/vault-locked') throw new Error(`cannot sign in: ${code}`);
    if (code !== undefined) await thief.engine.calls.startOver(login);
    await thief.untilOnline();
    await world.harmless(
      async () => (await thief.conversations()).length === 0,
      'the thief reads what was said to her',
    );
  },
});
