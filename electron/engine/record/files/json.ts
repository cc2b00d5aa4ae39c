import type { z } from 'zod';
import { failure, type Result, success } from '../../../../shared/result.ts';

/** The value of a JSON text that the schema accepts, else `null`. */
export function decodeJson<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> | null {
  const json = parseJson(text);
  const parsed = schema.safeParse(json.ok ? json.value : undefined);
  return json.ok && parsed.success ? parsed.data : null;
}

/** A JSON text, with or without a byte order mark. */
export function parseJson(text: string): Result<unknown, null> {
  try {
    return success(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    return failure(null);
  }
}
