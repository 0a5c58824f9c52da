export type Problem = {
  text: string;
  action: string;
  act: () => void;
  /** Nothing went wrong: it is as it should be. */
  calm?: boolean;
};

/** What happened, why, and the one thing to do about it: one line. */
export function Notice({ problem }: { problem: Problem }) {
  return (
    <div className="notice" data-calm={problem.calm} role={problem.calm ? 'status' : 'alert'}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path
          d={problem.calm ? 'M10 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16z' : 'M10 2 19 18H1z'}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinejoin="round"
        />
        <path
          d={problem.calm ? 'm6.5 10 2.5 2.5 4.5-5' : 'M10 8v4.5M10 15v.5'}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
        />
      </svg>
      <p>{problem.text}</p>
      <button type="button" className="quiet-button" onClick={problem.act}>
        {problem.action}
      </button>
    </div>
  );
}
