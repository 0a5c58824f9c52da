import { useEffect, useRef } from 'react';
import { BOARD, type Token } from '../../board.ts';
import type { PacedMoves, Place } from '../live/paced-moves.ts';
import { pendingPlaces, type TableView } from '../live/table-view.ts';
import { Chart } from './chart.tsx';
import { TokenGhost, TokenPiece } from './token-piece.tsx';
import { useDragging } from './use-dragging.ts';

type Props = {
  view: TableView;
  selected: string | undefined;
  readOnly: boolean;
  startMoves: (id: string) => PacedMoves;
  onSelect: (id: string | undefined) => void;
  /** Which token is in hand here. */
  onHold: (id: string | undefined) => void;
  onPut: (id: string, place: Place) => void;
  onRemove: (id: string) => void;
};

type Ghost = { key: string; token: Token; place: Place; from: Place | undefined; held: boolean };

/** The board: the server's tokens, and over them, lighter, where they will be once it agrees. */
export function Board({ view, selected, readOnly, startMoves, onSelect, onHold, onPut, onRemove }: Props) {
  const { tokens } = view.state;
  const kept = pendingPlaces(view.pending);
  const leaving = new Set(view.pending.flatMap((act) => (act.kind === 'remove' ? [act.id] : [])));
  const onHeld = useRef(onHold);
  onHeld.current = onHold;
  const { held, handlers } = useDragging({ placeOf: (id) => kept.get(id) ?? tokens[id], startMoves, onSelect, onPut, onRemove, readOnly });
  const handled = held?.id;
  useEffect(() => {
    if (handled === undefined) return undefined;
    onHeld.current(handled);
    return () => onHeld.current(undefined);
  }, [handled]);
  const holders = new Map(view.people.flatMap((person) => (person.holds !== undefined && !person.self ? [[person.holds, person]] : [])));
  const ghosts = ghostsOf(view, held ? new Map(kept).set(held.id, held.place) : kept, held?.id);
  return (
    <div className="board-frame" ref={useCentred()}>
      <div className="board" role="group" aria-label="Board" {...handlers}>
        <Chart seed={view.session} fine />
        <p className="cartouche" aria-hidden="true">
          <bdi>{view.name}</bdi>
        </p>
        <svg className="courses" viewBox={`0 0 ${BOARD.width} ${BOARD.height}`} aria-hidden="true">
          {ghosts.map(({ key, place, from }) => from && <path key={key} d={`M${from.x} ${from.y}L${place.x} ${place.y}`} />)}
        </svg>
        {Object.entries(tokens).map(([id, token]) => (
          <TokenPiece
            key={id}
            id={id}
            token={token}
            selected={id === selected}
            leaving={leaving.has(id)}
            readOnly={readOnly}
            holder={holders.get(id)}
          />
        ))}
        {ghosts.map(({ key, token, place, held: inHand }) => (
          <TokenGhost key={key} token={token} place={place} held={inHand} />
        ))}
        {Object.keys(tokens).length === 0 && ghosts.length === 0 && (
          <p className="board-empty">Open water. Put the first token on the chart.</p>
        )}
      </div>
      <p id="board-help" className="unseen">
        Arrow keys move a token by half a square, with Shift finely. Delete takes it away.
      </p>
    </div>
  );
}

function ghostsOf(view: TableView, places: ReadonlyMap<string, Place>, heldId: string | undefined): Ghost[] {
  const moved = [...places].flatMap(([id, place]) => {
    const token = view.state.tokens[id];
    return token ? [{ key: id, token, place, from: { x: token.x, y: token.y }, held: id === heldId }] : [];
  });
  const added = view.pending.flatMap((act) =>
    act.kind === 'add' && !view.state.tokens[act.id]
      ? [
          {
            key: act.id,
            token: { name: act.name, kind: act.token, ...act.place, by: view.self.id },
            place: act.place,
            from: undefined,
            held: false,
          },
        ]
      : [],
  );
  return [...moved, ...added];
}

/** A board larger than its window begins in the middle. */
function useCentred() {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = frame.current;
    box?.scrollTo((box.scrollWidth - box.clientWidth) / 2, (box.scrollHeight - box.clientHeight) / 2);
  }, []);
  return frame;
}
