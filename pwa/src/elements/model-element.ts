import type { PropertyDeclarations, PropertyValues } from 'lit';
import { LitElement } from 'lit';
import type { ViewModel } from '../view-models/view-model.js';

/** An element that draws one view model, and draws it anew when that says it changed. */
export abstract class ModelElement<M extends ViewModel> extends LitElement {
  static override properties: PropertyDeclarations = { model: { attribute: false } };

  declare model: M;
  #stop: (() => void) | null = null;
  #followed: M | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#stop = null;
    this.#followed = null;
  }

  /** Drawn once there is something to draw: a tag that stands in the page's own text is there before its model. */
  protected override shouldUpdate(_changed: PropertyValues): boolean {
    return this.model !== undefined;
  }

  protected override willUpdate(_changed: PropertyValues): void {
    this.#follow();
  }

  #follow(): void {
    if (!this.isConnected || this.#followed === this.model) return;
    this.#stop?.();
    this.#followed = this.model ?? null;
    this.#stop = this.model?.onChange(() => this.requestUpdate()) ?? null;
  }

  /** Moves the focus to a part of this element, once it is drawn. */
  protected async focusPart(selector: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }
}
