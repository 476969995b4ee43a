import type { CSSResultGroup, PropertyDeclarations, TemplateResult } from 'lit';
import { css, html, LitElement, nothing } from 'lit';
import type { CodeReader } from '../platform/code-reader.js';
import { base, controls } from '../styles/base.js';
import { say } from '../words/pages.js';
import { field, formProblem } from './templates/field.js';
import { icon } from './templates/icon.js';
import { pageIcon } from './templates/page-icon.js';

type Camera = 'starting' | 'on' | 'refused' | 'missing';

/** Reads a QR code by camera, from a picture, or as pasted text; says what it read by the event `scanned`. */
export class SottoScanner extends LitElement {
  static override properties: PropertyDeclarations = {
    reader: { attribute: false },
    problem: {},
    camera: { state: true },
    pictureProblem: { state: true },
    text: { state: true },
  };
  static override styles: CSSResultGroup = [
    base,
    controls,
    css`
      :host {
        display: grid;
        gap: var(--s-4);
        max-inline-size: 440px;
      }
      .view {
        position: relative;
        aspect-ratio: 4 / 3;
        border-radius: var(--r-2);
        border: 1px solid var(--line);
        background: var(--sunken);
        overflow: clip;
        display: grid;
        place-items: center;
        color: var(--ink-2);
      }
      video {
        position: absolute;
        inset: 0;
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }
      .aim {
        position: absolute;
        inset-block: 12%;
        inset-inline: 0;
        margin-inline: auto;
        aspect-ratio: 1;
        border: 2px solid #fffefa;
        outline: 2px solid #221e1999;
        border-radius: var(--r-3);
      }
      form {
        display: grid;
        gap: var(--s-3);
        justify-items: start;
      }
      form .fld {
        inline-size: 100%;
      }
      label.btn {
        justify-self: start;
        cursor: pointer;
        position: relative;
      }
      label.btn:has(:focus-visible) {
        outline: var(--focus-ring);
        outline-offset: var(--focus-gap);
      }
      label.btn input {
        position: absolute;
        inset: 0;
        opacity: 0;
        inline-size: 100%;
        block-size: 100%;
        cursor: inherit;
      }
    `,
  ];

  declare reader: CodeReader;
  /** What was wrong with the code before. */
  declare problem: string | null;
  declare camera: Camera;
  declare pictureProblem: string | null;
  declare text: string;
  #ends = new AbortController();
  #watching = false;

  constructor() {
    super();
    this.problem = null;
    this.camera = 'starting';
    this.pictureProblem = null;
    this.text = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    // What was read led nowhere: the camera looks again.
    this.addEventListener('again', () => void this.#watchCamera(), { signal });
    void this.updateComplete.then(() => this.#watchCamera());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watching = false;
    this.#ends.abort();
  }

  protected override render(): TemplateResult {
    const { camera } = this;
    const there = camera === 'on' || camera === 'starting';
    return html`
      ${
        there
          ? html`<div class="view">
                <video playsinline muted aria-label=${say('scan.view')} data-test="camera"></video>
                ${camera === 'on' ? html`<div class="aim"></div>` : html`<span>${say('scan.starting')}…</span>`}
              </div>
              <p class="help">${say('scan.point')}</p>`
          : html`<p class="note" data-test="no-camera" data-why=${camera}>
              ${icon('info')}<span>${say(camera === 'refused' ? 'scan.refused' : 'scan.no-camera')}</span>
            </p>`
      }
      ${formProblem(this.problem ?? this.pictureProblem)}
      <label class="btn">
        ${pageIcon('image')}${say('scan.image')}
        <input type="file" accept="image/*" data-test="scan-picture" @change=${this.#pictureChosen} />
      </label>
      <form @submit=${this.#pasted} novalidate>
        ${field({
          name: 'code',
          label: say('scan.paste'),
          value: this.text,
          autocomplete: 'off',
          write: (text) => {
            this.text = text;
          },
        })}
        ${this.text.trim() ? html`<button class="btn" type="submit" data-test="use-code">${say('scan.use')}</button>` : nothing}
      </form>
    `;
  }

  async #watchCamera(): Promise<void> {
    const video = this.renderRoot.querySelector('video');
    const { signal } = this.#ends;
    if (!video || signal.aborted || this.#watching) return;
    this.#watching = true;
    video.addEventListener('playing', () => (this.camera = 'on'), { signal });
    const result = await this.reader.fromCamera(video, signal);
    this.#watching = false;
    if (result.state === 'read') this.#tell(result.text);
    else if (result.state !== 'ended') this.camera = result.state;
  }

  async #pictureChosen(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const [picture] = input.files ?? [];
    if (!picture) return;
    const text = await this.reader.fromPicture(picture);
    input.value = '';
    this.pictureProblem = text === null ? say('scan.no-code') : null;
    if (text !== null) this.#tell(text);
  }

  #pasted(event: Event): void {
    event.preventDefault();
    if (this.text.trim()) this.#tell(this.text.trim());
  }

  #tell(text: string): void {
    this.pictureProblem = null;
    this.dispatchEvent(new CustomEvent('scanned', { detail: text }));
  }
}

customElements.define('sotto-scanner', SottoScanner);
