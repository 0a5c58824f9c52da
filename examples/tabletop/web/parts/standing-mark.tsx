import type { Person } from '../live/people.ts';

/** A person's standing as a shape: none differs from another by colour alone. */
export function StandingMark({ standing, doing }: Pick<Person, 'standing' | 'doing'>) {
  return (
    <svg className="standing-mark" viewBox="0 0 12 12" aria-hidden="true" data-standing={doing === undefined ? standing : 'doing'}>
      {doing === undefined ? SHAPES[standing] : (DOINGS[doing] ?? SHAPES.live)}
    </svg>
  );
}

const SHAPES = {
  live: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  idle: <path d="M8.5 1.9a4.6 4.6 0 1 0 1.7 6.9A4.6 4.6 0 0 1 8.5 1.9z" fill="currentColor" />,
  reconnecting: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="3.4 2.4" />,
  gone: <path d="m2.5 2.5 7 7M9.5 2.5l-7 7" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
};

const DOINGS: Readonly<Record<string, typeof SHAPES.live>> = {
  typing: <path d="M2 6h.01M6 6h.01M10 6h.01" fill="none" stroke="currentColor" strokeWidth="3" strokeLinecap="round" />,
  rolling: <path d="M6 .8 10.6 3.4v5.2L6 11.2 1.4 8.6V3.4z" fill="currentColor" />,
  moving: <path d="M6 1v10M1 6h10" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
};
