import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedFrame } from '../connection/wire.ts';
import type { LogId, Tag } from '../protocol/ids.ts';
import { readEventId, StreamPositions } from './stream-positions.ts';

const welcome = '{"t":"welcome","version":1,"tag":"tag-2","settled":0}';
const snapshot =
  '{"t":"snapshot","position":{"logId":"log_1","seq":7,"tag":"tag-1"},"reason":"joined","paths":[30064771077,0],"meta":{"position":{"seq":1}}}';
const tail = '{"t":"tail","seq":9,"events":[9]}';
const place = { position: { logId: 'log_1' as LogId, seq: 8, tag: 'tag-1' as Tag }, mark: 7 };

function positionAfter(positions: StreamPositions, frame: string) {
  const id = positions.after(frame);
  const read = id === undefined ? undefined : readEventId(id)?.place;
  return read && { ...read.position, mark: read.mark };
}

test('CONN-22: the id after a snapshot, a tail and a live frame is the place that it brings its reader to', () => {
  const positions = new StreamPositions('key', undefined);
  positions.after(welcome);
  assert.deepEqual(positionAfter(positions, snapshot), { logId: 'log_1', seq: 7, tag: 'tag-1', mark: 7 });
  assert.deepEqual(positionAfter(positions, tail), { logId: 'log_1', seq: 9, tag: 'tag-2', mark: 7 });
  assert.deepEqual(positionAfter(positions, '[10,["d",3],2,[4,"x"],1]'), { logId: 'log_1', seq: 13, tag: 'tag-2', mark: 7 });
  const shared = new SharedFrame('[14]');
  assert.deepEqual(readEventId(positions.afterShared(shared) ?? '')?.place?.position.seq, 14);
  assert.deepEqual(readEventId(positions.afterShared(shared) ?? '')?.place?.position.seq, 14);
});

test('CONN-22: frames that bring nobody further have no id', () => {
  const positions = new StreamPositions('key', undefined);
  positions.after(welcome);
  positions.after(tail);
  assert.equal(positions.after('{"t":"pong","at":0,"now":1}'), undefined);
  assert.equal(positions.afterShared(new SharedFrame('{"t":"check","seq":9,"hash":"00"}')), undefined);
  assert.equal(positions.after('{"t":"error","code":"left","message":"{\\"position\\":{}}"}'), undefined);
});

test('CONN-22: a reader that was cut off before any place was known is known by its key; who came back keeps the place it had', () => {
  assert.deepEqual(readEventId(new StreamPositions('key', undefined).after(welcome) ?? ''), { key: 'key', place: undefined });
  const back = new StreamPositions('key', place);
  assert.equal(back.after(welcome), undefined);
  assert.deepEqual(positionAfter(back, tail), { logId: 'log_1', seq: 9, tag: 'tag-2', mark: 7 });
});

test('CONN-22: what is no id of ours is none', () => {
  for (const id of [
    '',
    'new',
    'key',
    'key.',
    'key.1.tag',
    'key.1.tag.log',
    'key.1.tag.log.1.more',
    'key.-1.tag.log.1',
    'key.1.t g.log.1',
    'key.1.tag.log.x',
    'key.12345678901234567.tag.log.1',
  ])
    assert.equal(readEventId(id), undefined, id);
});
