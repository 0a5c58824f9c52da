import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { BOARD } from '../../board.ts';
import type { PacedMoves, Place } from '../live/paced-moves.ts';
import { keyStep, onBoard } from './place.ts';

/** A token in hand: where the hand is, which the server may not know yet. */
export type Held = { id: string; place: Place };

type Options = {
  /** Where a token stands or, with moves not confirmed, will stand. */
  placeOf: (id: string) => Place | undefined;
  startMoves: (id: string) => PacedMoves;
  onSelect: (id: string | undefined) => void;
  onPut: (id: string, place: Place) => void;
  onRemove: (id: string) => void;
  readOnly: boolean;
};

type Drag = {
  id: string;
  moves: PacedMoves;
  place: Place;
  grip?: { pointer: number; dx: number; dy: number; from: [number, number]; moved: boolean };
};

const CLICK_PX = 4;

/** Moves tokens by pointer, finger and keys: one token at a time, the hand shown as a ghost until the token is put down. */
export function useDragging({ placeOf, startMoves, onSelect, onPut, onRemove, readOnly }: Options) {
  const [held, setHeld] = useState<Held>();
  const drag = useRef<Drag>(undefined);

  const hold = (current: Drag, place: Place) => {
    current.place = place;
    setHeld({ id: current.id, place });
    current.moves.drag(place);
  };
  const put = () => {
    const current = drag.current;
    drag.current = undefined;
    setHeld(undefined);
    if (!current || current.grip?.moved === false) return;
    current.moves.put(current.place).catch(() => undefined);
    onPut(current.id, current.place);
  };

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    const piece = pieceOf(event.target);
    const id = piece?.dataset['token'];
    const place = id === undefined ? undefined : placeOf(id);
    onSelect(id);
    if (!piece || id === undefined || !place || readOnly || event.button !== 0) return;
    put();
    const hand = boardPlace(event);
    const grip = {
      pointer: event.pointerId,
      dx: place.x - hand.x,
      dy: place.y - hand.y,
      from: [event.clientX, event.clientY] as [number, number],
      moved: false,
    };
    drag.current = { id, moves: startMoves(id), place, grip };
    event.currentTarget.setPointerCapture(event.pointerId);
    piece.focus({ preventScroll: true });
    event.preventDefault();
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const current = drag.current;
    const grip = current?.grip;
    if (!current || !grip || grip.pointer !== event.pointerId) return;
    if (!grip.moved && Math.hypot(event.clientX - grip.from[0], event.clientY - grip.from[1]) < CLICK_PX) return;
    grip.moved = true;
    followHand(event);
    const hand = boardPlace(event);
    hold(current, onBoard({ x: hand.x + grip.dx, y: hand.y + grip.dy }));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const id = pieceOf(event.target)?.dataset['token'];
    if (id === undefined || readOnly) return;
    if (event.key === 'Delete' || event.key === 'Backspace') return onRemove(id);
    const from = drag.current?.id === id ? drag.current.place : placeOf(id);
    const place = from && keyStep(from, event.key, event.shiftKey);
    if (!place) return;
    event.preventDefault();
    onSelect(id);
    if (drag.current?.id !== id) put();
    drag.current ??= { id, moves: startMoves(id), place };
    hold(drag.current, place);
  };

  const handlers = {
    onPointerDown,
    onPointerMove,
    onPointerUp: put,
    onPointerCancel: put,
    onKeyDown,
    onKeyUp: (event: KeyboardEvent) => event.key.startsWith('Arrow') && !drag.current?.grip && put(),
    onBlur: () => !drag.current?.grip && put(),
  };
  return { held, handlers };
}

function pieceOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-token]') : null;
}

function boardPlace(event: PointerEvent<HTMLElement>): Place {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: ((event.clientX - box.left) / box.width) * BOARD.width, y: ((event.clientY - box.top) / box.height) * BOARD.height };
}

/** Brings more of a board that is larger than its window into view when the hand comes near an edge. */
function followHand(event: PointerEvent<HTMLElement>): void {
  const frame = event.currentTarget.parentElement;
  if (!frame) return;
  const box = frame.getBoundingClientRect();
  const push = (at: number, start: number, end: number) => (at < start + 40 ? -14 : at > end - 40 ? 14 : 0);
  frame.scrollBy(push(event.clientX, box.left, box.right), push(event.clientY, box.top, box.bottom));
}
