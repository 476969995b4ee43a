import type { PropertyDeclarations } from 'lit';
import type { AppViewModel } from '../view-models/app.js';
import type { ViewModel } from '../view-models/view-model.js';
import { ModelElement } from './model-element.js';

/** A screen that is loaded when it is needed, and makes its own view model from the app's. */
export abstract class ScreenElement<M extends ViewModel> extends ModelElement<M> {
  static override properties: PropertyDeclarations = { app: { attribute: false } };

  declare app: AppViewModel;

  protected abstract createModel(app: AppViewModel): M;

  override connectedCallback(): void {
    this.model = this.createModel(this.app);
    super.connectedCallback();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.model.dispose();
  }
}
