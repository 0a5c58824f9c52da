/** Where the client tells a developer what no caller can be told. Any console fits. */
export type Logger = {
  warn(message: string, ...details: unknown[]): void;
  error(message: string, ...details: unknown[]): void;
};
