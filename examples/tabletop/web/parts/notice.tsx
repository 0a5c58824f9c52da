export type Problem = { text: string; action: string; act: () => void };

/** What happened, why, and the one thing to do about it: one line. */
export function Notice({ problem }: { problem: Problem }) {
  return (
    <div className="notice" role="alert">
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d="M10 2 19 18H1z" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" />
        <path d="M10 8v4.5M10 15v.5" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
      </svg>
      <p>{problem.text}</p>
      <button type="button" className="quiet-button" onClick={problem.act}>
        {problem.action}
      </button>
    </div>
  );
}
