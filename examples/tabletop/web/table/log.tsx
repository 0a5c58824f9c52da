import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { Line, Roll } from '../../game.ts';
import type { PendingAct, TableView } from '../live/table-view.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Time } from '../parts/time.tsx';

type Entry = { seq: number; id: string } & ({ roll: Roll } | { line: Line });
type PendingEntry = PendingAct & { kind: 'roll' | 'say' };

type Props = {
  view: TableView;
  onSay: (text: string) => void;
  onTyping: (is: boolean) => void;
};

/** Who rolled and said what, when; the newest at the bottom. What the server has not confirmed is drawn lighter. */
export function Log({ view, onSay, onTyping }: Props) {
  const entries = entriesOf(view.state.rolls, view.state.lines);
  const pending = view.pending.filter((act): act is PendingEntry => act.kind === 'roll' || act.kind === 'say');
  const fresh = new Set(view.throws.map((each) => each.id));
  const scroller = useStickyBottom(`${entries.at(-1)?.id} ${pending.length}`);
  const readOnly = view.link.kind === 'ended' || view.link.kind === 'stopped' || view.house.pause !== undefined;
  const busy = view.people.filter(({ doing, self }) => !self && (doing === 'typing' || doing === 'rolling'));
  return (
    <section className="log" aria-label="Log">
      <div className="log-scroll" ref={scroller} tabIndex={0} role="log" aria-label="Rolls and talk">
        {entries.length + pending.length === 0 && <p className="log-empty">Nothing rolled or said yet. The first throw is yours.</p>}
        <ol>
          {entries.map((entry) => (
            <li key={entry.id} className="entry" data-fresh={fresh.has(entry.id) || undefined}>
              {'roll' in entry ? <RollEntry roll={entry.roll} /> : <LineEntry line={entry.line} />}
            </li>
          ))}
          {pending.map((act) => (
            <li key={act.key} className="entry pending">
              <PendingText act={act} />
            </li>
          ))}
        </ol>
      </div>
      <p className="busy" data-testid="busy">
        {busy.map(({ id, name, doing }) => (
          <span key={id}>
            <bdi>{name}</bdi> is {doing} …
          </span>
        ))}
      </p>
      {!readOnly && <SayForm onSay={onSay} onTyping={onTyping} />}
    </section>
  );
}

function RollEntry({ roll }: { roll: Roll }) {
  const natural = roll.faces.length === 1 && roll.dice.startsWith('1d20') ? roll.faces[0] : undefined;
  return (
    <>
      <Avatar id={roll.by} name={roll.name} />
      <p className="entry-text">
        <bdi className="who">{roll.name}</bdi> rolled <span className="dice">{roll.dice}</span>
        <span className="entry-more">
          <Time at={roll.at} />
          {(roll.faces.length > 1 || roll.modifier !== 0) && <span>{spellFaces(roll)}</span>}
        </span>
      </p>
      <output className="total" data-natural={natural === 20 ? 'best' : natural === 1 ? 'worst' : undefined}>
        {roll.total}
      </output>
    </>
  );
}

function spellFaces({ faces, modifier }: Roll): string {
  return `${faces.join(' + ')}${modifier === 0 ? '' : ` ${modifier < 0 ? '−' : '+'} ${Math.abs(modifier)}`}`;
}

function LineEntry({ line }: { line: Line }) {
  return (
    <>
      <Avatar id={line.by} name={line.name} />
      <p className="entry-text">
        <bdi className="who">{line.name}</bdi> <Time at={line.at} />
        <span className="said" dir="auto">
          {line.text}
        </span>
      </p>
    </>
  );
}

function PendingText({ act }: { act: PendingEntry }) {
  return (
    <>
      <span className="avatar hollow" aria-hidden="true">
        …
      </span>
      <p className="entry-text">
        {act.kind === 'roll' ? (
          <>
            You roll <span className="dice">{act.dice}</span>
          </>
        ) : (
          <span className="said" dir="auto">
            {act.text}
          </span>
        )}
        <small className="entry-more">on its way</small>
      </p>
    </>
  );
}

function SayForm({ onSay, onTyping }: Pick<Props, 'onSay' | 'onTyping'>) {
  const [text, setText] = useState('');
  const say = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    onSay(text.trim());
    onTyping(false);
    setText('');
  };
  return (
    <form className="say" onSubmit={say}>
      <input
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onTyping(event.target.value.trim() !== '');
        }}
        maxLength={300}
        placeholder="Say something"
        aria-label="Say something"
        dir="auto"
        autoComplete="off"
        enterKeyHint="send"
      />
      <button type="submit" className="quiet-button" disabled={text.trim() === ''}>
        Say
      </button>
    </form>
  );
}

function entriesOf(rolls: readonly Roll[], lines: readonly Line[]): Entry[] {
  const all: Entry[] = [
    ...rolls.map((roll) => ({ seq: roll.seq, id: roll.id, roll })),
    ...lines.map((line) => ({ seq: line.seq, id: line.id, line })),
  ];
  return all.sort((a, b) => a.seq - b.seq);
}

/** Keeps a list at its newest entry, unless its reader has scrolled up. */
function useStickyBottom(newest: string) {
  const scroller = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const note = () => (stuck.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40);
    box.addEventListener('scroll', note, { passive: true });
    const resized = new ResizeObserver(() => stuck.current && box.scrollTo({ top: box.scrollHeight }));
    resized.observe(box);
    return () => {
      box.removeEventListener('scroll', note);
      resized.disconnect();
    };
  }, []);
  useEffect(() => {
    if (stuck.current) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [newest]);
  return scroller;
}
