import { cancelAnswer } from '../../src/sts/cancel.js';
import { readRequest, T05, T13, WSSE } from './fixtures.js';
import { canonicalForms } from './oracles.js';

const cancel = (trust: string, attributes = '') =>
  readRequest(
    `<t:RequestSecurityToken xmlns:t="${trust}"${attributes}><t:RequestType>${trust}/Cancel</t:RequestType><t:CancelTarget>` +
      `<o:SecurityTokenReference xmlns:o="${WSSE}"><o:Reference URI="urn:uuid:1"/></o:SecurityTokenReference></t:CancelTarget></t:RequestSecurityToken>`,
  );

const cancelled = '<wst:RequestedTokenCancelled></wst:RequestedTokenCancelled>';

describe('the answer to a Cancel', () => {
  test('in 2005/02 is bare', () => {
    expect(cancelAnswer(cancel(T05))).toEqual({
      body: `<wst:RequestSecurityTokenResponse xmlns:wst="${T05}">${cancelled}</wst:RequestSecurityTokenResponse>`,
      action: `${T05}/RSTR/SCT/Cancel`,
    });
  });

  test('in 1.3 is a collection of one, with the Context of the request', () => {
    expect(cancelAnswer(cancel(T13, ' Context="c"'))).toEqual({
      body:
        `<wst:RequestSecurityTokenResponseCollection xmlns:wst="${T13}"><wst:RequestSecurityTokenResponse Context="c">` +
        `${cancelled}</wst:RequestSecurityTokenResponse></wst:RequestSecurityTokenResponseCollection>`,
      action: `${T13}/RSTR/SCT/Cancel`,
    });
  });

  test.each([T05, T13])('is its own exclusive canonical form: %s', (trust) => {
    const { body } = cancelAnswer(cancel(trust, ' Context="a&lt;&#10;b"'));
    expect(canonicalForms(body)).toEqual({ own: body, xmlCrypto: body, libxml2: body });
  });
});
