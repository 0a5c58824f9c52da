import { useEffect } from 'react';

/** The tab's title while this is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    const before = document.title;
    document.title = `${title} · Holdfast tabletop`;
    return () => {
      document.title = before;
    };
  }, [title]);
}
