import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  harmless,
  jsonLine,
  pad,
  shorten,
  takeColumns,
  widthOf,
  wrap,
} from '../../../electron/terminal/screen/text.ts';

describe('harmless', () => {
  it.each([
    ['plain words', 'plain words'],
    ['\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['two\nlines\r\t', 'two\\nlines\\r\\t'],
    ['\u009b31m', '\\x9b31m'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['a\u2028b', 'a\\u2028b'],
    ['half \ud83d', 'half \\ud83d'],
    ['日本 👩‍👩‍👧 ok', '日本 👩‍👩‍👧 ok'],
  ])('spells out what could steer a terminal: %j', (text, expected) => {
    expect(harmless(text)).toBe(expected);
  });

  it('leaves no control character in any text, and changes nothing when applied twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = harmless(text);
        expect(once).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(harmless(once)).toBe(once);
      }),
      { seed: 7497, numRuns: 50 },
    );
  });
});

describe('jsonLine', () => {
  it('is one line of JSON without raw control characters that reads back as the same value', () => {
    const value = { name: 'a\u001b[2J\u009b1m\u007f\u202e\u2028\n', count: null };
    const line = jsonLine(value);
    expect(line).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe('widths', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['👩‍👩‍👧', 2],
    ['e\u0301', 1],
  ])('counts the columns of %s', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it('cuts between characters, never inside one', () => {
    expect(takeColumns('日本語', 5)).toBe('日本');
    expect(takeColumns('👩‍👩‍👧x', 1)).toBe('');
    expect(shorten('日本語です', 6)).toBe('日本…');
    expect(shorten('fits', 4)).toBe('fits');
    expect(shorten('anything', 0)).toBe('');
  });

  it('never makes a shortened text wider than requested', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 60 }), (raw, columns) => {
        expect(widthOf(shorten(harmless(raw), columns))).toBeLessThanOrEqual(columns);
      }),
      { seed: 4002 },
    );
  });

  it('pads on the requested side', () => {
    expect(pad('日', 4, 'left')).toBe('日  ');
    expect(pad('7', 3, 'right')).toBe('  7');
  });
});

describe('wrap', () => {
  it('breaks at blanks, and inside a word only if the word alone is too wide', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
    expect(wrap('short', Number.POSITIVE_INFINITY)).toEqual(['short']);
  });

  it('ends and loses no text, even if a character is wider than the line', () => {
    expect(wrap('日本', 1).join('')).toBe('日本');
  });
});

describe('widthOf', () => {
  it('gives the same width as the full tables for every character, even where it does not use them', () => {
    for (let code = 0x20; code < 0x3000; code += 1) {
      const character = String.fromCodePoint(code);
      if (harmless(character) === character) expect(widthOf(character), code.toString(16)).toBe(stringWidth(character));
    }
  });
});
