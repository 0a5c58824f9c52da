import { memo, type CSSProperties } from 'react';
import type { Kind, Token } from '../../board.ts';
import type { Person } from '../live/people.ts';
import type { Place } from '../live/paced-moves.ts';
import { useHue } from '../parts/hues.ts';
import { CARVINGS } from './carvings.tsx';
import { squareName } from './place.ts';

type Props = {
  id: string;
  token: Token;
  selected: boolean;
  leaving: boolean;
  readOnly: boolean;
  /** Who else has it in hand. */
  holder: Person | undefined;
};

/** A token where the server has put it. The board listens for pointers and keys; this only draws. */
export const TokenPiece = memo(function TokenPiece({ id, token, selected, leaving, readOnly, holder }: Props) {
  const { label } = CARVINGS[token.kind];
  const holderHue = useHue(holder?.id ?? '');
  return (
    <button
      type="button"
      className="token"
      data-token={id}
      data-selected={selected || undefined}
      data-leaving={leaving || undefined}
      data-held-by={holder?.name}
      aria-label={`${token.name}, ${label.toLowerCase()}, at ${squareName(token)}${leaving ? ', being taken away' : ''}`}
      aria-disabled={readOnly || undefined}
      aria-describedby="board-help"
      style={{ ...usePlaced(token), ...(holder && { '--holder': holderHue }) }}
    >
      <Disc token={token} />
      {holder && (
        <bdi className="token-holder" aria-hidden="true">
          {holder.name}
        </bdi>
      )}
    </button>
  );
});

/** Where a token is being moved to, until the server agrees. */
export function TokenGhost({ token, place, held }: { token: Token; place: Place; held: boolean }) {
  return (
    <div className="token ghost" data-held={held || undefined} aria-hidden="true" style={usePlaced({ ...token, ...place })}>
      <Disc token={token} />
    </div>
  );
}

function usePlaced({ x, y, by, kind }: Token): CSSProperties {
  const hue = useHue(by);
  return { '--x': x, '--y': y, '--hue': by === '' ? `var(--hue-${SCENERY[kind]})` : hue };
}

/** What nobody put there has the hue of its kind instead of a person's. */
const SCENERY: Readonly<Record<Kind, number>> = { figure: 0, boat: 1, beast: 2, lantern: 7, chest: 3, rock: 6 };

function Disc({ token }: { token: Token }) {
  return (
    <>
      <svg className="disc" viewBox="-6 -6 36 36" aria-hidden="true" focusable="false">
        <circle className="disc-rim" cx="12" cy="12" r="17" />
        <circle className="disc-face" cx="12" cy="12" r="13.6" />
        <g className="carving" transform="translate(12 12) scale(0.72) translate(-12 -12)">
          {CARVINGS[token.kind].shape}
        </g>
      </svg>
      <bdi className="token-name">{token.name}</bdi>
    </>
  );
}
