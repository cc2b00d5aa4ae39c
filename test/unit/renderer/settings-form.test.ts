import { describe, expect, it } from 'vitest';
import { FIELD_BY_PATH } from '../../../renderer/settings/settings-fields.ts';
import {
  emptyForm,
  patchOf,
  refused,
  reverted,
  saved,
  typed,
  unreadable,
} from '../../../renderer/settings/settings-form.ts';
import { DEFAULT_SETTINGS, settingsSchema } from '../../../shared/settings/settings.ts';

const write = (path: string, text: string) => FIELD_BY_PATH.get(path)?.write(text, DEFAULT_SETTINGS);

describe('the fields of the settings', () => {
  it('write back exactly what they read, for every field', () => {
    for (const field of FIELD_BY_PATH.values()) {
      const written = field.write(field.read(DEFAULT_SETTINGS), DEFAULT_SETTINGS);
      expect(written?.ok, field.path).toBe(true);
      if (written.ok) expect({ ...DEFAULT_SETTINGS, ...written.value }, field.path).toEqual(DEFAULT_SETTINGS);
    }
  });

  it('show seconds for milliseconds', () => {
    expect(FIELD_BY_PATH.get('graceMs')?.read(DEFAULT_SETTINGS)).toBe('2');
    expect(write('graceMs', '2,5')).toEqual({ ok: true, value: { graceMs: 2_500 } });
  });

  it.each(['', 'soon', '1e9', '0', '-1', '121'])('refuse %j seconds of grace and say what is allowed', (text) => {
    expect(write('graceMs', text)).toEqual({ ok: false, error: 'must be a number from 0.1 to 120 s' });
  });

  it('refuse half a connection as a threshold', () => {
    expect(write('warningAbove', '2.5')?.ok).toBe(false);
  });

  it('accept nothing that the settings themselves would refuse', () => {
    for (const [path, text] of [
      ['intervalMs', '0.4'],
      ['breaker.recoveryMs', '0.5'],
      ['breaker.failureThreshold', '0'],
      ['lockTimeoutMs', '4000'],
    ] as const) {
      expect(write(path, text)?.ok, path).toBe(false);
    }
    const written = write('breaker.recoveryMs', '90');
    expect(written?.ok && settingsSchema.safeParse({ ...DEFAULT_SETTINGS, ...written.value }).success).toBe(true);
  });
});

describe('the form', () => {
  it('sends two fields together that are only valid together', () => {
    const form = typed(typed(emptyForm, 'warningAbove', '20'), 'criticalAbove', '30');
    const { patch, paths } = patchOf(DEFAULT_SETTINGS, form.drafts);
    expect(patch).toEqual({ warningAbove: 20, criticalAbove: 30 });
    expect(paths).toEqual(['warningAbove', 'criticalAbove']);
  });

  it('builds two parts of the breaker on each other', () => {
    const form = typed(typed(emptyForm, 'breaker.failureThreshold', '3'), 'breaker.recoveryMs', '90');
    const { patch } = patchOf(DEFAULT_SETTINGS, form.drafts);
    expect(patch).toEqual({ breaker: { failureThreshold: 3, recoveryMs: 90_000, successThreshold: 2 } });
  });

  it('leaves out drafts that cannot be read', () => {
    const form = typed(typed(emptyForm, 'graceMs', 'soon'), 'warningAbove', '6');
    expect(patchOf(DEFAULT_SETTINGS, form.drafts).paths).toEqual(['warningAbove']);
  });

  it('puts a refusal next to its field, in the words on the screen, and says so at the field that was sent', () => {
    const form = typed(emptyForm, 'warningAbove', '20');
    const after = refused(form, 'warningAbove', [{ path: 'criticalAbove', message: 'must not be below warningAbove' }]);
    expect(after.errors).toEqual({
      criticalAbove: 'must not be below “Warn above”',
      warningAbove: 'was not saved because of “Critical above”',
    });
    expect(after.drafts).toEqual({ warningAbove: '20' });
  });

  it('puts the refusal of one element at its list, and one of the whole at what was sent', () => {
    const fields = [{ path: 'botNames.2', message: 'must not be empty' }];
    expect(refused(emptyForm, 'botNames', fields).errors).toEqual({ botNames: 'must not be empty' });
    const whole = [{ path: '', message: 'Not saved.' }];
    expect(refused(emptyForm, 'graceMs', whole).errors).toEqual({ graceMs: 'Not saved.' });
  });

  it('forgets drafts and refusals when a field is edited, reverted or saved', () => {
    const bad = unreadable(typed(emptyForm, 'graceMs', 'soon'), 'graceMs', 'must be a number');
    expect(typed(bad, 'graceMs', '3').errors).toEqual({});
    expect(reverted(bad, 'graceMs')).toEqual(emptyForm);
    expect(saved(bad, ['graceMs'])).toEqual(emptyForm);
  });
});
