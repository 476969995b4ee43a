import { LeftOutError } from './left-out-error.js';

/** In place of Yjs's XML types. No document of Sotto holds any; an update that brings one is refused. */
class LeftOutType {
  constructor() {
    throw new LeftOutError("Yjs's XML types");
  }
}

export class YXmlElement extends LeftOutType {}
export class YXmlFragment extends LeftOutType {}
export class YXmlHook extends LeftOutType {}
export class YXmlText extends LeftOutType {}
export class YXmlTreeWalker extends LeftOutType {}
export class YXmlEvent extends LeftOutType {}

export const readYXmlElement = (): YXmlElement => new YXmlElement();
export const readYXmlFragment = (): YXmlFragment => new YXmlFragment();
export const readYXmlHook = (): YXmlHook => new YXmlHook();
export const readYXmlText = (): YXmlText => new YXmlText();
