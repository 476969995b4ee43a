import type { ConversationDetails, MemberDetails } from '@sotto/client';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { FormViewModel } from './form.js';

const GROUP = 5;

/** Somebody's key changed once more while the one before was looked at. */
function keyChangedAgain(error: unknown): string | null {
  return codeOf(error) === 'client/keys-untrusted' ? say('verify.changed-again') : null;
}

/** Comparing safety numbers with one person. */
export class VerifyViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  readonly #id: ConversationId;
  readonly #account: AccountId;
  #member: MemberDetails | null = null;
  #number: { readonly digits: string; readonly scannable: string } | null = null;
  #failed = false;
  #scanning = false;
  /** What did not fit, in words. */
  #warning: string | null = null;

  constructor(app: AppViewModel, id: ConversationId, account: AccountId) {
    super();
    this.#app = app;
    this.#id = id;
    this.#account = account;
    this.track(app.dependencies.engine.watch('details', id, (details) => this.#detailsCame(details)));
    void this.load();
  }

  /** Their name; empty until it is known. */
  get name(): string {
    return this.#member?.person.username ?? '';
  }

  get identity(): MemberDetails['identity'] {
    return this.#member?.identity ?? 'unverified';
  }

  get lead(): string {
    return say(this.identity === 'changed' ? 'verify.lead-changed' : 'verify.lead', { name: this.name });
  }

  /** The safety number in groups of five digits; none until it was worked out. */
  get groups(): readonly string[] {
    return this.#number?.digits.replaceAll(/\s/g, '').match(new RegExp(`.{${GROUP}}`, 'g')) ?? [];
  }

  /** What the QR code says. */
  get scannable(): string | null {
    return this.#number?.scannable ?? null;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get scanning(): boolean {
    return this.#scanning;
  }

  get warning(): string | null {
    return this.#warning;
  }

  async load(): Promise<void> {
    this.#failed = false;
    try {
      this.#number = await this.#calls.safetyNumber({ account: this.#account });
    } catch {
      this.#failed = true;
    }
    this.changed();
  }

  setScanning(scanning: boolean): void {
    this.#scanning = scanning;
    this.#warning = null;
    this.changed();
  }

  /** They were compared and are the same. */
  match(): Promise<boolean> {
    const changed = this.identity === 'changed';
    return this.run(async () => {
      if (changed) await this.#calls.acceptIdentity({ account: this.#account, ...this.#since });
      await this.#calls.setVerified({ account: this.#account, verified: true });
      this.#warning = null;
      this.#scanning = false;
    }, keyChangedAgain);
  }

  /** They are not the same, or nobody is sure any more. */
  noMatch(): Promise<boolean> {
    return this.run(async () => {
      if (this.identity === 'verified') {
        await this.#calls.setVerified({ account: this.#account, verified: false });
      }
      this.#warning = say('verify.mismatch');
    });
  }

  takeBack(): Promise<boolean> {
    return this.run(() => this.#calls.setVerified({ account: this.#account, verified: false }));
  }

  /** Somebody's code was read. @returns whether it ended the scanning */
  async scanned(text: string): Promise<boolean> {
    let result = 'not-a-code' as 'match' | 'mismatch' | 'not-a-code';
    const done = await this.run(async () => {
      ({ result } = await this.#calls.checkScanned({ account: this.#account, scanned: text }));
    });
    if (!done) return false;
    this.#scanning = false;
    // A match counts as verified already, and decides about a changed key.
    if (result === 'match') this.#warning = null;
    else if (result === 'mismatch') this.#warning = say('verify.mismatch');
    else this.#warning = say('verify.not-a-code', { name: this.name });
    this.changed();
    return true;
  }

  /** To the conversation that it was about. */
  leave(): void {
    this.#app.open(this.#id, true);
  }

  close(): void {
    this.#app.closeMain();
  }

  get #calls() {
    return this.#app.dependencies.engine.calls;
  }

  /** The key that was looked at, and no later one. */
  get #since(): { since?: number } {
    const { changedAt } = this.#member ?? {};
    return changedAt ? { since: changedAt } : {};
  }

  #detailsCame({ members }: ConversationDetails): void {
    const before = this.#member;
    this.#member = members.find(({ person }) => person.account === this.#account) ?? null;
    // Another account key: another number.
    if (before && this.#member && before.changedAt !== this.#member.changedAt) void this.load();
    this.changed();
  }
}
