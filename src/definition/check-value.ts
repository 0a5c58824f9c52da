import type { StandardSchemaV1 } from '@standard-schema/spec';

/** One thing that a schema found wrong; `path` reads `tokens.3.x`, empty for the value itself. */
export type ValueIssue = { readonly path: string; readonly message: string };

export type CheckedValue = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly issues: readonly ValueIssue[] };

/**
 * Runs any synchronous Standard Schema over a value. Throws `TypeError` when the schema answers with a promise, and
 * whatever the schema itself throws.
 */
export function checkValue(schema: StandardSchemaV1, value: unknown): CheckedValue {
  const answer = schema['~standard'].validate(value);
  if ('then' in answer) throw new TypeError('The schema is asynchronous; a definition takes synchronous schemas only.');
  if (answer.issues === undefined) return { ok: true, value: answer.value };
  return { ok: false, issues: answer.issues.map((issue) => ({ path: pathText(issue.path ?? []), message: issue.message })) };
}

function pathText(path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}
