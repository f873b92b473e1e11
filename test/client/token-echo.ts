import {
  attributeOf,
  childrenOf,
  clone,
  declare,
  type Element,
  element,
  NO_SCOPE,
  textOf,
  withAttribute,
} from './element.js';
import { WSU } from './names.js';
import type { Shape } from './shape.js';
import { STYLES, type Style } from './styles/index.js';
import { vocabularyOf } from './vocabulary.js';

/** The SCT as each client sends it back (wire-facts §4). */
export function echo(shape: Shape, issued: Element): Element {
  const { wsc, wsu } = vocabularyOf(shape);
  const forms: Readonly<Record<Style['echo'], () => Element>> = {
    verbatim: () => clone(issued),
    remarshalled: () => {
      const id = attributeOf(issued, WSU, 'Id');
      const made = element(wsc, 'SecurityContextToken', {}, childrenOf(issued).map(clone));
      for (const child of childrenOf(made)) if (child.namespace === wsc.namespace) child.prefix = wsc.prefix;
      return declare(id === undefined ? made : withAttribute(made, wsu, 'Id', id), NO_SCOPE);
    },
    rebuilt: () => {
      const identifier = element(wsc, 'Identifier', {}, [textOf(childrenOf(issued, 'Identifier')[0]!)]);
      return declare(withAttribute(element(wsc, 'SecurityContextToken', {}, [identifier]), wsu, 'Id', 'SCT'), NO_SCOPE);
    },
  };
  return forms[STYLES[shape.style].echo]();
}
