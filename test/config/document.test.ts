import { readDocument } from '../../src/config/document.js';
import type { Environment } from '../../src/config/interpolate.js';
import { interpolate } from '../../src/config/interpolate.js';
import { formatProblem, type Problem } from '../../src/config/problems.js';

function read(text: string, environment: Environment = {}): { value: unknown; problems: string[] } {
  const problems: Problem[] = [];
  const source = readDocument('f.yaml', text, environment, problems);
  return { value: source?.value, problems: problems.map(formatProblem) };
}

/** Not written out, or the linter takes it for a template that was meant. */
const variable = (name: string): string => `$\{${name}}`;

describe('what YAML may hold', () => {
  test.each([
    ['a: 1\na: 2\n', ['f.yaml:2:1: this key stands here a second time']],
    ['a:\n  b: 1\n  c: 2\n  b: 3\n', ['f.yaml:4:3: this key stands here a second time']],
    ['a: &x 1\n', ['f.yaml:1:7: anchors are not supported: &x']],
    [
      'a: &x 1\nb: *x\n',
      [
        'f.yaml:1:7: anchors are not supported: &x',
        'f.yaml:2:4: aliases are not supported: write out what *x stands for',
      ],
    ],
    ['a: {<<: {b: 1}}\n', ['f.yaml:1:5: merge keys are not supported: write the keys out']],
    ['a: !!binary aGk=\n', ['f.yaml:1:13: tags are not supported: tag:yaml.org,2002:binary']],
    ['a: !!js/function "x"\n', [expect.stringMatching(/^f\.yaml:1:4: Unresolved tag/)]],
    ['1: a\n', ['f.yaml:1:1: a key must be a string']],
    ['true: a\n', ['f.yaml:1:1: a key must be a string']],
    ['? [a]\n: b\n', ['f.yaml:1:3: a key must be a string']],
    ['__proto__: { a: 1 }\n', ['f.yaml:1:1: a key must not be "__proto__"']],
    ['a: 1\n---\nb: 2\n', [expect.stringMatching(/^f\.yaml:2:1: Source contains multiple documents/)]],
    ['a: [1\n', [expect.stringMatching(/^f\.yaml:2:1: Flow sequence/)]],
    ['a: "\n', [expect.stringMatching(/^f\.yaml:2:1: Missing closing "quote/)]],
    ['a:\n\t b: 1\n', [expect.stringMatching(/^f\.yaml:2:1: Tabs are not allowed as indentation/)]],
  ])('%j is refused', (text, problems) => {
    expect(read(text)).toEqual({ value: undefined, problems });
  });

  test('a bomb of aliases is refused before it is one', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    const { value, problems } = read(['a0: &a0 [x]', ...levels].join('\n'));
    expect(value).toBeUndefined();
    expect(problems).toHaveLength(31 + 30 * 9);
  });

  test.each([
    ['[', `a: ${'['.repeat(100_000)}`],
    ['{ over lines', 'a: {\n'.repeat(100_000)],
    ['lists in one line', `${'- '.repeat(100_000)}a`],
    ['keys in one line', `${'? '.repeat(100_000)}a`],
    ['indentation', Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('collections in collections without end are refused, not a crash: %s', (_, text) => {
    expect(read(text)).toEqual({ value: undefined, problems: ['f.yaml:1:1: is nested too deeply'] });
  });

  test('as deep as a configuration may be', () => {
    expect(read(`a: ${'['.repeat(64)}${']'.repeat(64)}`).problems).toEqual([]);
    expect(read(`a: ${'['.repeat(65)}${']'.repeat(65)}`).problems).toEqual(['f.yaml:1:1: is nested too deeply']);
  });

  test('words of YAML 1.1 are text', () => {
    expect(read('a: no\nb: on\nc: 0o17\nd: 1_000\ne: 12:30:45\n').value).toEqual({
      a: 'no',
      b: 'on',
      c: 15,
      d: '1_000',
      e: '12:30:45',
    });
  });

  test('keys of JavaScript are keys like others', () => {
    expect(read('constructor: 1\ntoString: 2\n').value).toEqual({ constructor: 1, toString: 2 });
  });

  test('an empty file is nothing', () => {
    expect(read('')).toEqual({ value: null, problems: [] });
  });
});

describe('environment variables', () => {
  const environment = { PORT: '8443', HOST: 'a.example', EMPTY: '', TRUE: 'true', TRICK: `a: b # ${variable('PORT')}` };

  test.each([
    [`a: ${variable('PORT')}`, 8443],
    [`a: ${variable('TRUE')}`, true],
    [`a: "${variable('PORT')}"`, '8443'],
    [`a: '${variable('PORT')}'`, '8443'],
    [`a: http://${variable('HOST')}:${variable('PORT')}/`, 'http://a.example:8443/'],
    [`a: ${variable('EMPTY')}`, ''],
    [`a: x$${variable('PORT')}`, `x${variable('PORT')}`],
    // What a variable holds is a value, never YAML or another reference.
    [`a: ${variable('TRICK')}`, `a: b # ${variable('PORT')}`],
    ['a: $PORT', '$PORT'],
    ['a: 5$', '5$'],
  ])('%s', (text, value) => {
    expect(read(`${text}\n`, environment)).toEqual({ value: { a: value }, problems: [] });
  });

  test.each([
    [`a: ${variable('NONE')}`, 'f.yaml:1:4: environment variable NONE is not set'],
    [`a: [x, "${variable('NONE')}"]`, 'f.yaml:1:8: environment variable NONE is not set'],
    [
      `a: ${variable('PORT:-1')}`,
      expect.stringMatching(/^f\.yaml:1:4: after "\$\{" must come the name of an environment/),
    ],
    [`a: ${variable('')}`, expect.stringMatching(/^f\.yaml:1:4: after "\$\{" must come/)],
    [`a: ${'$'.concat('{PORT')}`, expect.stringMatching(/^f\.yaml:1:4: after "\$\{" must come/)],
    [`a: { b: ${variable('PORT')} }`, expect.stringMatching(/^f\.yaml:1:10: "\$\{" opens a map inside/)],
  ])('%s is wrong', (text, problem) => {
    expect(read(`${text}\n`, environment).problems).toEqual([problem]);
  });

  test('a key is no value', () => {
    expect(read(`"${variable('PORT')}": 1\n`, environment).value).toEqual({ [variable('PORT')]: 1 });
  });

  test('a variable that every object has is not set', () => {
    expect(interpolate(variable('toString'), {}).problems).toEqual(['environment variable toString is not set']);
  });
});
