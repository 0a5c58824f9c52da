/** One small change to one source file, made by a rule on its syntax tree. */
export type Mutant = {
  /** Stays the same while the file's name, the function's name and the changed text do: a line number is no part of it. */
  readonly id: string;
  readonly file: string;
  readonly function: string;
  /** The kind of change, in words. */
  readonly change: string;
  readonly line: number;
  readonly before: string;
  readonly after: string;
  readonly start: number;
  readonly end: number;
};

/** The file's text with the change made. */
export function mutated(text: string, { start, end, after }: Mutant): string {
  return text.slice(0, start) + after + text.slice(end);
}
