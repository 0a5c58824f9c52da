import { spellRole, spellStanding, type Person } from '../live/people.ts';
import { Avatar } from '../parts/avatar.tsx';
import { StandingMark } from '../parts/standing-mark.tsx';

type Props = {
  people: readonly Person[];
  /** The table is over: nobody is here any more. */
  over: boolean;
  /** Opens one's own entry; absent where nothing can be changed. */
  onOwn: (() => void) | undefined;
};

/** Who is at the table, how each is here and what they do now. */
export function Rail({ people, over, onOwn }: Props) {
  return (
    <section className="rail" aria-label="People at the table">
      <ul tabIndex={0} aria-label="People">
        {people.map((person) => (
          <li key={person.id}>
            {person.self && onOwn ? (
              <button type="button" className="rail-own" onClick={onOwn}>
                <RailEntry person={person} over={over} />
                <span className="unseen">Change name or colour</span>
              </button>
            ) : (
              <RailEntry person={person} over={over} />
            )}
          </li>
        ))}
      </ul>
      {people.length === 0 && <p className="quiet">Nobody is here yet.</p>}
    </section>
  );
}

function RailEntry({ person, over }: { person: Person; over: boolean }) {
  const role = spellRole(person);
  return (
    <>
      <span className="ringed" data-standing={over ? undefined : person.standing}>
        <Avatar id={person.id} name={person.name} />
      </span>
      <span className="rail-name">
        <bdi title={person.name}>{person.name}</bdi>
        <small>
          {!over && <StandingMark standing={person.standing} doing={person.doing} />}
          {[over ? '' : spellStanding(person), role].filter(Boolean).join(' · ')}
        </small>
      </span>
    </>
  );
}
