import { WSA, WSSE, WSU, XENC } from './names.js';

/** Plain answers of upstreams, with all that may be odd in how a service writes its envelope. `S` is the SOAP namespace. */
export const ANSWERS: Readonly<Record<string, (soap: string) => string>> = {
  'as most write it': (S) => `<s:Envelope xmlns:s="${S}"><s:Body><r xmlns="urn:r">1</r></s:Body></s:Envelope>`,
  'SOAP in the default namespace': (S) => `<Envelope xmlns="${S}"><Header/><Body><r xmlns="">1</r></Body></Envelope>`,
  'SOAP as wsu': (S) => `<wsu:Envelope xmlns:wsu="${S}"><wsu:Body><r xmlns="urn:r">1</r></wsu:Body></wsu:Envelope>`,
  'SOAP as ds': (S) => `<ds:Envelope xmlns:ds="${S}"><ds:Body ds:x="1"><r xmlns="urn:r">1</r></ds:Body></ds:Envelope>`,
  'SOAP as xenc': (S) =>
    `<xenc:Envelope xmlns:xenc="${S}"><xenc:Body><r xmlns="urn:r">1</r></xenc:Body></xenc:Envelope>`,
  'SOAP as wsse': (S) =>
    `<wsse:Envelope xmlns:wsse="${S}"><wsse:Body><r xmlns="urn:r">1</r></wsse:Body></wsse:Envelope>`,
  'our prefixes for other things': (S) =>
    `<s:Envelope xmlns:s="${S}" xmlns:wsu="urn:a" xmlns:wsse="urn:b" xmlns:ds="urn:c" xmlns:xenc="urn:d" xmlns:wsc="urn:e" xmlns:wsa="urn:f" xmlns:soap="urn:g">` +
    '<s:Body><wsu:r ds:x="1" xenc:y="2"><wsse:q wsc:z="3"/></wsu:r></s:Body></s:Envelope>',
  'our prefixes on the Body': (S) =>
    `<s:Envelope xmlns:s="${S}"><s:Body xmlns:xenc="${XENC}" xmlns:wsse="urn:b" wsse:x="a&gt;b" xmlns:wsu="${WSU}"><xenc:r/></s:Body></s:Envelope>`,
  'Ids like ours': (S) =>
    `<s:Envelope xmlns:s="${S}" xmlns:wsu="${WSU}"><s:Body wsu:Id="_3" other="x"><r xmlns="urn:r" wsu:Id="_0"><q Id="ED_5" xml:id="_2"/><q wsu:Id="DK_4"/></r></s:Body></s:Envelope>`,
  'a Body and an element with one Id': (S) =>
    `<s:Envelope xmlns:s="${S}" xmlns:wsu="${WSU}"><s:Body wsu:Id="x"><r xmlns="urn:r"><q ID="x"/></r></s:Body></s:Envelope>`,
  'QNames in content': (S) =>
    `<s:Envelope xmlns:s="${S}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="urn:p"><s:Body><r xsi:type="p:T">p:value</r></s:Body></s:Envelope>`,
  'header blocks of its own': (S) =>
    `<s:Envelope xmlns:s="${S}"><s:Header><h:Trace xmlns:h="urn:h" s:mustUnderstand="0">t</h:Trace><wsa:Action xmlns:wsa="${WSA}">urn:own</wsa:Action>` +
    `<wsse:Security xmlns:wsse="${WSSE}"><x/></wsse:Security></s:Header><s:Body><r xmlns="urn:r">1</r></s:Body></s:Envelope>`,
  'an empty Body': (S) => `<s:Envelope xmlns:s="${S}"><s:Body></s:Body></s:Envelope>`,
  'a Body that is one tag': (S) => `<s:Envelope xmlns:s="${S}"><s:Body/></s:Envelope>`,
  'a fault': (S) =>
    `<s:Envelope xmlns:s="${S}"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring xml:lang="en">no</faultstring></s:Fault></s:Body></s:Envelope>`,
  'white space, references, CDATA and comments': (S) =>
    `<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope xmlns:s="${S}">\n <s:Body xml:space="preserve">\r\n <r a='"&#10;&#9;x' xmlns="urn:r">&lt;&#13;<![CDATA[<&]]><!-- c -->\u{1F600}é</r> </s:Body>\n</s:Envelope>\n`,
};
