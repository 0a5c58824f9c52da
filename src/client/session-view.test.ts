import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotFrame, SnapshotReason, TailFrame } from '../protocol/frames.ts';
import type { LogId, Position, Tag } from '../protocol/ids.ts';
import { SessionView } from './session-view.ts';

const TAG = 'tag' as Tag;

function at(seq: number, logId = 'log'): Position {
  return { logId: logId as LogId, seq, tag: TAG };
}

function snapshot(position: Position, reason: SnapshotReason, missed?: [number, number]): SnapshotFrame {
  return { t: 'snapshot', position, reason, ...(missed && { missed }), meta: {}, state: {}, paths: [1, 0] };
}

function tail({ seq }: Position): TailFrame {
  return { t: 'tail', seq, events: [seq] };
}

/** A view that has been told everything up to seq 10. */
function viewAtTen(): SessionView {
  const view = new SessionView();
  view.expectTag(TAG);
  view.takeSnapshot(snapshot(at(10), 'joined'));
  assert.equal(view.takeTail(tail(at(10))).missed, undefined);
  view.expectTag(TAG);
  return view;
}

test('CLIENT-13: a snapshot says what messages it stands for, once the tail is there', () => {
  const view = viewAtTen();
  view.takeSnapshot(snapshot(at(30), 'cheaper', [11, 40]));
  assert.deepEqual(view.takeTail(tail(at(40))).missed, [11, 40]);
});

test('CLIENT-13: a connection that ends between snapshot and tail makes nobody forget what was missed', () => {
  const view = viewAtTen();
  view.takeSnapshot(snapshot(at(30), 'cheaper', [11, 40]));
  view.expectTag(TAG);
  assert.deepEqual(view.takeTail(tail(at(50))).missed, [11, 30]);
  view.takeSnapshot(snapshot(at(60), 'cheaper', [51, 60]));
  view.expectTag(TAG);
  view.takeSnapshot(snapshot(at(90), 'cheaper', [61, 90]));
  assert.deepEqual(view.takeTail(tail(at(90))).missed, [51, 90]);
});

test('CLIENT-13: a client that did not say where it stood knows itself what it missed', () => {
  const view = viewAtTen();
  view.forgetPosition();
  view.takeSnapshot(snapshot(at(20), 'joined'));
  assert.deepEqual(view.takeTail(tail(at(25))).missed, [11, 25]);
});

test('CLIENT-36: a connection that ends after its welcome leaves the place as it was, of the owner under whom it was reached', () => {
  const view = viewAtTen();
  view.takeLive([12]);
  view.expectTag('next' as Tag);
  assert.deepEqual(view.place?.position, at(12), 'nothing has come of the next owner yet');
  view.takeTail(tail(at(15)));
  view.takeLive([16]);
  assert.deepEqual(view.place?.position, { ...at(16), tag: 'next' });
});

test('CLIENT-13: in another log, or another history of this one, nothing was missed', () => {
  for (const other of [snapshot(at(30, 'another'), 'other-log'), snapshot(at(30), 'regression'), snapshot(at(30, 'another'), 'joined')]) {
    const view = viewAtTen();
    view.takeSnapshot(other);
    assert.equal(view.takeTail(tail(at(30, other.position.logId))).missed, undefined);
  }
});
