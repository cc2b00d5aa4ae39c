import { describe, expect, it } from 'vitest';
import { parseExecutables } from '../../../electron/engine/platform/darwin/process/executables.ts';

/** As `lsof -d txt -F pcfn0` prints it (print_proc() in proc.c): a NUL after each field, a newline after each set. */
function mapped(pid: number | string, name: string, ...files: string[]): string {
  return `p${pid}\0c${name}\0\n${files.map((file) => `ftxt\0n${file}\0\n`).join('')}`;
}

describe('the executables in the output of lsof', () => {
  it('are the first mapped file of each process', () => {
    const text = `${mapped(12, 'python3.12', '/opt/py/bin/python3.12', '/usr/lib/dyld')}${mapped(13, 'zsh', '/bin/zsh')}`;
    expect([...parseExecutables(text)]).toEqual([
      [12, '/opt/py/bin/python3.12'],
      [13, '/bin/zsh'],
    ]);
  });

  it('are not known when the first file is not the program: the executable was deleted', () => {
    expect(
      parseExecutables(mapped(12, 'trader', '/Library/Frameworks/Python.framework/Versions/3.12/Python')).size,
    ).toBe(0);
    expect(parseExecutables(mapped(12, 'trader')).size).toBe(0);
    expect(parseExecutables(mapped(12, '', '/opt/py/bin/python3')).size).toBe(0);
  });

  it('are compared by as much of the name as the kernel keeps, in either case', () => {
    const long = 'a-program-with-a-very-long-name-indeed';
    expect(parseExecutables(mapped(12, long.slice(0, 31), `/opt/${long}`)).size).toBe(1);
    expect(parseExecutables(mapped(12, 'python', '/opt/Python.app/Contents/MacOS/Python')).size).toBe(1);
  });

  it('have their escapes undone', () => {
    const text = mapped(12, 'python3', '/Users/jos\\xc3\\xa9/a\\\\b/python3');
    expect(parseExecutables(text).get(12)).toBe('/Users/josé/a\\b/python3');
  });

  it('are only those of processes with a number, and absolute', () => {
    expect(parseExecutables(`${mapped('x', 'python3', '/opt/python3')}${mapped(7, 'python3', 'python3')}`).size).toBe(
      0,
    );
    expect(parseExecutables('').size).toBe(0);
  });
});
