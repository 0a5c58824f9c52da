import { useEffect, useRef, useState } from 'react';
import { statusText, type LinkView, type TableView } from '../live/table-view.ts';
import { TUMBLE_MS } from './dice-stage.tsx';

/** What a listener hears: who comes and goes, what is thrown once it lies, and how the connection stands. */
export function useAnnouncements(view: TableView): readonly [string, (text: string) => void] {
  const [text, setText] = useState('');
  const people = useRef(view.people);
  const link = useRef<LinkView['kind']>(view.link.kind);

  useEffect(() => {
    const before = people.current;
    people.current = view.people;
    const came = view.people.filter((person) => !before.some((other) => other.id === person.id));
    const went = before.filter((person) => !view.people.some((other) => other.id === person.id));
    const news = [...came.map((person) => `${person.name} has joined`), ...went.map((person) => `${person.name} has left`)];
    if (news.length > 0) setText(news.join('. '));
  }, [view.people]);

  useEffect(() => {
    if (link.current === view.link.kind) return;
    const before = link.current;
    link.current = view.link.kind;
    if (view.link.kind !== 'live') setText(statusText(view.link, 0));
    else if (before === 'paused') setText('The table goes on');
  }, [view.link.kind, view.link]);

  const thrown = view.throws.at(-1);
  useEffect(() => {
    if (!thrown) return;
    const timer = setTimeout(() => setText(`${thrown.name} rolled ${thrown.total}`), TUMBLE_MS);
    return () => clearTimeout(timer);
  }, [thrown]);

  return [text, setText] as const;
}
