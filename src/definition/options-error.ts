import type { ValueIssue } from './check-value.ts';

/** The options given at creation do not fit the definition's schema. */
export class OptionsError extends Error {
  readonly code = 'invalid-arguments';
  readonly issues: readonly ValueIssue[];
  constructor(issues: readonly ValueIssue[]) {
    super(`The options do not fit: ${issues.map((issue) => (issue.path === '' ? '' : `${issue.path}: `) + issue.message).join('; ')}`);
    this.name = 'OptionsError';
    this.issues = issues;
  }
}
