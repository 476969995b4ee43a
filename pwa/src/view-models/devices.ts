import type { OwnDevice } from '@sotto/client';
import type { DeviceId } from '@sotto/protocol';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { deviceNameProblem } from './fields.js';
import { PasswordFormViewModel } from './password-form.js';
import { RemovalViewModel } from './removal.js';

export interface OwnDeviceRow {
  readonly id: DeviceId;
  readonly name: string;
  readonly kind: 'device' | 'agent';
  readonly phone: boolean;
  readonly added: string;
  readonly current: boolean;
  /** Linked elsewhere since somebody looked here. */
  readonly isNew: boolean;
}

export interface DeviceQuestion {
  readonly kind: 'rename' | 'remove';
  readonly device: OwnDeviceRow;
}

/** Systems that are held in a hand, as devices name themselves. */
const PHONES = /Android|iPhone|iPad/;

/** Devices of this account. */
export class DevicesViewModel extends PasswordFormViewModel {
  /** Removing this browser's own device. */
  readonly removal: RemovalViewModel;
  readonly #app: AppViewModel;
  #devices: readonly OwnDevice[] | null = null;
  /** What this page was the first to show. */
  readonly #fresh = new Set<DeviceId>();
  #question: DeviceQuestion | null = null;
  #name = '';
  #nameProblem: string | null = null;
  #said: string | null = null;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    this.#said = app.takeNews();
    this.removal = new RemovalViewModel(app);
    this.track(() => this.removal.dispose());
    this.track(this.removal.onChange(() => this.changed()));
    this.track(
      app.dependencies.engine.watch('devices', null, ({ devices }) => {
        this.#devices = devices;
        this.#look();
        this.changed();
      }),
    );
  }

  /** This one first, then the newest. */
  get rows(): readonly OwnDeviceRow[] {
    const { clock, format } = this.#app.dependencies.platform;
    return (this.#devices ?? [])
      .toSorted((a, b) => Number(b.current) - Number(a.current) || b.added - a.added)
      .map(({ id, name, kind, added, current }) => ({
        id,
        name,
        kind,
        current,
        isNew: this.#fresh.has(id),
        phone: PHONES.test(name),
        added: say('devices.added', { date: format.date(added, clock.now()) }),
      }));
  }

  get question(): DeviceQuestion | null {
    return this.#question;
  }

  get name(): string {
    return this.#name;
  }

  set name(text: string) {
    this.#name = text;
    this.#nameProblem &&= deviceNameProblem(text);
    this.changed();
  }

  get nameProblem(): string | null {
    return this.#nameProblem;
  }

  /** What was done, in words. */
  get said(): string | null {
    return this.#said;
  }

  ask(kind: DeviceQuestion['kind'], device: OwnDeviceRow): void {
    if (kind === 'remove' && device.current) {
      void this.removal.ask();
      return;
    }
    this.#question = { kind, device };
    this.#name = device.name;
    this.#nameProblem = null;
    this.forgetPassword();
    this.#said = null;
    this.setProblem(null);
  }

  keep(): void {
    this.#question = null;
    this.forgetPassword();
    this.setProblem(null);
  }

  /** Does what was asked about. @returns the field that is wrong, or null */
  async confirm(): Promise<'device-name' | 'password' | null> {
    const question = this.#question;
    if (!question || this.busy) return null;
    const { kind, device } = question;
    this.#nameProblem = kind === 'rename' ? deviceNameProblem(this.#name) : null;
    this.changed();
    if (this.#nameProblem) return 'device-name';
    const name = this.#name.trim();
    const { calls } = this.#app.dependencies.engine;
    const done = await this.runWithPassword((password) =>
      kind === 'rename'
        ? calls.renameDevice({ device: device.id, name, password })
        : calls.removeDevice({ device: device.id, password }),
    );
    if (!done) return this.passwordProblem ? 'password' : null;
    this.#said =
      kind === 'rename' ? say('devices.renamed', { name }) : say('devices.removed', { name: device.name });
    this.keep();
    return null;
  }

  /** Shown here they are new no more, once somebody comes again. */
  #look(): void {
    const fresh = (this.#devices ?? []).filter(({ isNew }) => isNew);
    if (fresh.length === 0) return;
    for (const { id } of fresh) this.#fresh.add(id);
    this.#app.dependencies.engine.calls.seeOwnDevices().catch(() => undefined);
  }

  close(): void {
    this.#app.closeMain();
  }
}
