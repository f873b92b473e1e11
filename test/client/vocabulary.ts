import type { Prefixed } from './element.js';
import { ADDRESSINGS, DS, EXC_C14N, SOAP, VERSIONS, WSSE, WSSE11, WSU, XENC } from './names.js';
import type { Shape } from './shape.js';
import { STYLES, type VocabularyName } from './styles/index.js';

/** Namespaces of a message under the prefixes of its style. */
export type Vocabulary = Readonly<Record<VocabularyName | 'wsse11' | 'xsi' | 'dkt', Prefixed>>;

export function vocabularyOf(shape: Shape): Vocabulary {
  const style = STYLES[shape.style];
  const prefixes = { ...style.prefixes, ...style.versionPrefixes?.[shape.version] };
  const names = VERSIONS[shape.version];
  const named = (name: VocabularyName, namespace: string): Prefixed => ({ prefix: prefixes[name] ?? name, namespace });
  return {
    soap: named('soap', SOAP[shape.soap]),
    wsa: named('wsa', ADDRESSINGS[shape.addressing].namespace),
    wsse: named('wsse', WSSE),
    wsu: named('wsu', WSU),
    wsc: named('wsc', names.conversation),
    wst: named('wst', names.trust),
    ds: named('ds', DS),
    xenc: named('xenc', XENC),
    ec: named('ec', EXC_C14N),
    dkt: named('wsc', VERSIONS[style.derivedKey.version ?? shape.version].conversation),
    wsse11: { prefix: 'wsse11', namespace: WSSE11 },
    xsi: { prefix: 'xsi', namespace: 'http://www.w3.org/2001/XMLSchema-instance' },
  };
}
