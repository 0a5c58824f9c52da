/** Tells of what nothing catches, which would end the process otherwise. The result stops it. */
export function watchUnhandled(told: (error: unknown) => void): () => void {
  process.on('unhandledRejection', told);
  process.on('uncaughtException', told);
  return () => {
    process.off('unhandledRejection', told);
    process.off('uncaughtException', told);
  };
}
