import { wsaBlock } from '../forge.js';
import { SC05, SC13, SOAP11, SOAP12, WSA, WSA0408 } from '../names.js';

import { type Attack, bodyOf, clear, describeAttacks, more, replace, without } from './attack.js';

describeAttacks('what must agree', [
  {
    id: 'W20',
    name: 'headers of two WS-Addressing versions',
    code: 'soap.addressing',
    forged: { unsigned: `<wsa:To xmlns:wsa="${WSA0408}">http://localhost/other</wsa:To>` },
  },
  {
    id: 'W20',
    name: 'a Body of the other SOAP version',
    code: 'soap.envelope',
    forged: { ...clear, document: (text) => text.replace(bodyOf(text), () => bodyOf(text).replace(SOAP12, SOAP11)) },
  },
  {
    id: 'W20',
    name: 'a token of another version than its cookie',
    code: 'token.binding',
    forged: {
      document: replace(
        `<wsc:SecurityContextToken xmlns:wsc="${SC13}"`,
        `<wsc:SecurityContextToken xmlns:wsc="${SC05}"`,
      ),
    },
  },
  { id: 'W21', name: 'another SOAPAction', code: 'soap.action', forged: {}, told: { soapAction: 'urn:orders/Delete' } },
  {
    id: 'W21',
    name: 'another action parameter',
    code: 'soap.action',
    forged: {},
    told: { action: 'urn:orders/Delete' },
  },
  {
    id: 'W22',
    name: "a ReplyTo that is somebody's",
    code: 'soap.addressing',
    forged: {
      blocks: (blocks) => [
        ...without('reply-to')(blocks),
        wsaBlock('reply-to', 'ReplyTo', '<wsa:Address>http://mallory.example/</wsa:Address>'),
      ],
    },
  },
  {
    id: 'W22',
    name: "a FaultTo that is somebody's",
    code: 'soap.addressing',
    forged: { blocks: more(wsaBlock('fault-to', 'FaultTo', '<wsa:Address>http://mallory.example/</wsa:Address>')) },
  },
  {
    id: 'W22',
    name: 'a ReplyTo with two addresses',
    code: 'soap.addressing',
    forged: {
      blocks: (blocks) => [
        ...without('reply-to')(blocks),
        wsaBlock(
          'reply-to',
          'ReplyTo',
          `<wsa:Address>${WSA}/anonymous</wsa:Address><wsa:Address>http://mallory.example/</wsa:Address>`,
        ),
      ],
    },
  },
] satisfies Attack[]);
