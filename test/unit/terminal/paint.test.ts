import { describe, expect, it } from 'vitest';
import { paragraph, render, span, wantsColour } from '../../../electron/terminal/screen/paint.ts';
import { table } from '../../../electron/terminal/screen/table.ts';

describe('render', () => {
  const line = [span('Critical', 'critical'), span(' '), span('12 zombies', 'strong')];

  it('writes plain text without colours', () => {
    expect(render(line, { columns: 80, colour: false })).toBe('Critical 12 zombies');
  });

  it('ends every colour it begins', () => {
    expect(render(line, { columns: 80, colour: true })).toBe(
      '\u001b[1;31mCritical\u001b[0m \u001b[1m12 zombies\u001b[0m',
    );
  });

  it('cuts to the columns before it colours', () => {
    expect(render(line, { columns: 12, colour: false })).toBe('Critical 12…');
    expect(render(line, { columns: 9, colour: true })).toBe('\u001b[1;31mCritical\u001b[0m…');
    expect(render(line, { columns: 8, colour: false })).toBe('Critica…');
  });

  it('does not count trailing blanks as cut text', () => {
    expect(render([span('abc'), span('     ')], { columns: 3, colour: false })).toBe('abc');
  });

  it('makes a process name harmless', () => {
    expect(render([span('\u001b[2Jbot')], { columns: 80, colour: true })).toBe('\\x1b[2Jbot');
  });
});

describe('paragraph', () => {
  it('indents every line of a sentence', () => {
    const lines = paragraph('one two three', 'plain', { columns: 10 }, 2).map((line) =>
      render(line, { columns: 10, colour: false }),
    );
    expect(lines).toEqual(['  one two', '  three']);
  });
});

describe('table', () => {
  const rows = [{ name: 'a very long label', count: 3 }];
  const columns = [
    { title: 'NAME', align: 'left', spare: 0, shrinks: true, cell: (row) => span(row.name) },
    { title: 'COUNT', align: 'right', spare: 1, cell: (row) => span(String(row.count)) },
    { title: 'LEFT', align: 'right', spare: 0, cell: (row) => span(String(row.count)) },
  ] as const satisfies Parameters<typeof table<{ name: string; count: number }>>[0];
  const text = (available: number) =>
    table(columns, rows, available).map((line) => render(line, { columns: 200, colour: false }));

  it('aligns words left and numbers right', () => {
    expect(text(80)).toEqual(['NAME               COUNT  LEFT', 'a very long label      3     3']);
  });

  it('drops spare columns first, then shortens the one that may shrink', () => {
    expect(text(24)).toEqual(['NAME               LEFT', 'a very long label     3']);
    expect(text(18)).toEqual(['NAME          LEFT', 'a very long…     3']);
  });
});

describe('wantsColour', () => {
  it.each([
    [{ isTTY: true, env: {} }, true],
    [{ isTTY: false, env: {} }, false],
    [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
    [{ isTTY: true, env: { NO_COLOR: '' } }, true],
    [{ isTTY: true, env: { TERM: 'dumb' } }, false],
    [{ isTTY: false, env: { FORCE_COLOR: '1' } }, true],
    [{ isTTY: true, env: { FORCE_COLOR: '0' } }, false],
    [{ isTTY: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, true],
  ])('follows the terminal and the environment: %j', (ask, wanted) => {
    expect(wantsColour(ask)).toBe(wanted);
  });
});
