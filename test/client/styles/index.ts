import { CXF, CXF_STAX } from './cxf.js';
import { GSOAP } from './gsoap.js';
import { METRO } from './metro.js';
import { MONO } from './mono.js';
import { RAMPART } from './rampart.js';
import type { Style, StyleName } from './style.js';
import { WCF } from './wcf.js';
import { WSE2 } from './wse2.js';

export type { LayoutName, RequestField, Slot, Style, StyleName, VocabularyName } from './style.js';

/** Every client family's handwriting. */
export const STYLES: Readonly<Record<StyleName, Style>> = {
  wcf: WCF,
  cxf: CXF,
  'cxf-stax': CXF_STAX,
  metro: METRO,
  rampart: RAMPART,
  mono: MONO,
  wse2: WSE2,
  gsoap: GSOAP,
};
