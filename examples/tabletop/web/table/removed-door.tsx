import { Notice } from '../parts/notice.tsx';
import { START_HREF } from '../route.ts';
import { NightWater } from '../start/night-water.tsx';

const WORDS: Readonly<Record<string, string>> = {
  kicked: 'The GM has taken you off this table. What you do here reaches it no more.',
  banned: 'The GM has taken you off this table and keeps you out.',
};

/** Whether a table that stopped for this reason is to be seen no more. */
export function isRemoval(code: string): boolean {
  return code in WORDS;
}

/** What is left of a table for who was taken off it. */
export function RemovedDoor({ name, code }: { name: string; code: string }) {
  return (
    <main className="door">
      <NightWater />
      <div className="door-words">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <Notice problem={{ text: WORDS[code] ?? '', action: 'All tables', act: () => (location.hash = START_HREF) }} />
      </div>
    </main>
  );
}
