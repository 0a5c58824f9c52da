import type { Person } from '../live/table-view.ts';
import { Avatar } from '../parts/avatar.tsx';

/** Who is at the table. */
export function Rail({ people }: { people: readonly Person[] }) {
  return (
    <section className="rail" aria-label="People at the table">
      <ul tabIndex={0} aria-label="People">
        {people.map((person) => (
          <li key={person.id}>
            <Avatar id={person.id} name={person.name} />
            <span className="rail-name">
              <bdi title={person.name}>{person.name}</bdi>
              <small>{describe(person)}</small>
            </span>
          </li>
        ))}
      </ul>
      {people.length === 0 && <p className="quiet">Nobody is here yet.</p>}
    </section>
  );
}

function describe(person: Person): string {
  const role = person.role === 'gm' ? 'GM' : person.role === 'spectator' ? 'looks on' : '';
  return [person.self ? 'you' : '', role].filter(Boolean).join(' · ');
}
