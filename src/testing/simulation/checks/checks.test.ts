import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../protocol/json.ts';
import type { HistoryEntry, HistoryFact } from '../history.ts';
import { rightEvening, TABLE, type HandHistory } from './hand-history.ts';
import { CHECKS, checkAll, checkAndCount } from './index.ts';
import type { FinishedRun } from './finished-run.ts';
import { canary } from './leaks.ts';

type Change = (entries: HistoryEntry[], evening: HandHistory) => void;

/** A right evening with something wrong in it. */
function spoilt(change: Change): FinishedRun {
  const evening = rightEvening();
  const run = evening.finish();
  const entries = [...run.history];
  change(entries, evening);
  return { ...run, history: entries };
}

/** What the check of that promise says of it, each once. */
function saidOf(promise: number, run: FinishedRun): string[] {
  return [...new Set(checkAll(run).flatMap((violation) => (violation.promise === promise ? [violation.what] : [])))];
}

function find(entries: readonly HistoryEntry[], like: Partial<Record<string, unknown>> & { kind: string }, text = ''): number {
  const index = entries.findIndex(
    (entry) => Object.entries(like).every(([key, value]) => entry[key as 'kind'] === value) && JSON.stringify(entry).includes(text),
  );
  assert.ok(index >= 0, `there is an entry like ${JSON.stringify(like)} with ${text}`);
  return index;
}

/** The frame whose text holds this, as sent and as it arrived, becomes another. */
function reword(entries: HistoryEntry[], holds: string, change: (text: string) => string): void {
  const before = JSON.stringify(holds).slice(1, -1);
  assert.ok(
    entries.some((entry) => JSON.stringify(entry).includes(before)),
    `something holds ${holds}`,
  );
  for (const [index, entry] of entries.entries())
    if ((entry.kind === 'sent' || entry.kind === 'received') && entry.to === 'client' && entry.text.includes(holds))
      entries[index] = { ...entry, text: change(entry.text) };
}

function move(entries: HistoryEntry[], from: number, to: number): void {
  const [entry] = entries.splice(from, 1);
  entries.splice(to, 0, entry as HistoryEntry);
}

function insert(entries: HistoryEntry[], at: number, fact: HistoryFact): void {
  entries.splice(at, 0, { at: entries[at]?.at ?? 0, ...fact });
}

function change(entries: HistoryEntry[], index: number, to: object): void {
  entries[index] = { ...(entries[index] as HistoryEntry), ...to } as HistoryEntry;
}

test('CHECK-1: a run in which every promise was kept has no violation, and each check says at how much it looked', () => {
  const { violations, looked } = checkAndCount(rightEvening().finish());
  assert.deepEqual(violations, []);
  for (const promise of CHECKS.keys()) {
    const counts = Object.entries(looked).filter(([name]) => name.startsWith(`${promise} `));
    assert.ok(counts.length > 0, `the check of promise ${promise} counts`);
  }
  assert.equal(looked['1 acks'], 6);
  assert.equal(looked['3 events'], 12);
  assert.equal(looked['6 live frames'], 10);
  assert.equal(looked['12 canaries'], 6);
});

test('CHECK-1: a violation names the step in which it was seen', () => {
  const run = spoilt((entries) => reword(entries, '"t":"ack","n":2,"seq":7', (text) => text.replace('"seq":7', '"seq":6')));
  assert.equal(checkAll(run).find(({ promise }) => promise === 1)?.step, 3);
});

test('CHECK-2: an ack of what is not in the log, or of something else, breaks promise 1; so does an answer that nothing stands for', () => {
  const forgotten = spoilt((entries) => entries.splice(find(entries, { kind: 'written', seq: 12 }), 1));
  assert.deepEqual(saidOf(1, { ...forgotten, logs: cutLogs(forgotten, 11) }), [
    'command 4 of jon (wire-3) was acknowledged as event 12, which is not in the log',
    "jon was told that 'move' (ask 6) is done, and the log has no such command left",
  ]);
  const other = spoilt((entries) => reword(entries, '"t":"ack","n":2,"seq":7', (text) => text.replace('"seq":7', '"seq":6')));
  assert.deepEqual(saidOf(1, other), ['command 2 of jon (wire-2) was acknowledged as event 6, which is of something else']);
  const run = rightEvening().finish();
  assert.deepEqual(saidOf(1, { ...run, logs: cutLogs(run, 11) }), [
    'command 4 of jon (wire-3) was acknowledged as event 12, which is not in the log at the end',
  ]);
  const gone = spoilt((entries) => insert(entries, entries.length, { kind: 'lost', session: TABLE, seq: 12 }));
  assert.deepEqual(saidOf(1, gone), [`event 12 of ${TABLE} is gone, and nothing that happened excuses it`]);
  assert.deepEqual(saidOf(1, { ...run, durability: 'normal' }).slice(0, 1), [
    "command 1 of jon (wire-2) was acknowledged as event 4 as 'full', and the store is 'normal'",
  ]);
});

test('CHECK-2: what a disk lost by a fault, and what an operator took back, need not be there', () => {
  const run = spoilt((entries) => {
    insert(entries, entries.length, { kind: 'fault', fault: 'log regression', on: TABLE });
    insert(entries, entries.length, { kind: 'lost', session: TABLE, seq: 12 });
  });
  assert.deepEqual(checkAll({ ...run, logs: cutLogs(run, 11) }), []);
});

test('CHECK-3: a frame that is sent before what it rests on is written breaks promise 2', () => {
  const early = spoilt((entries) => {
    const written = find(entries, { kind: 'written', seq: 5 });
    move(entries, find(entries, { kind: 'sent' }, '[5,['), written);
  });
  assert.deepEqual(saidOf(2, early), ['a live frame for mira (wire-1) rests on event 5 while the log ends at 4']);
  const ack = spoilt((entries) => {
    const written = find(entries, { kind: 'written', seq: 12 });
    move(entries, find(entries, { kind: 'sent', connection: 'wire-3' }, '\\"ack\\"'), written);
  });
  assert.deepEqual(saidOf(2, ack), ["a frame 'ack' for jon (wire-3) rests on event 12 while the log ends at 11"]);
  const login = spoilt((entries) => {
    const written = find(entries, { kind: 'written', seq: 3 });
    move(entries, find(entries, { kind: 'sent', connection: 'wire-2' }, 'welcome'), written);
  });
  assert.deepEqual(saidOf(2, login), ['jon (wire-2) was let in before the event that lets them in was in the log']);
  const ghost = spoilt((entries) => {
    const text = JSON.stringify({ t: 'presence', people: { eve: { status: 'online', since: 0 } } });
    insert(entries, find(entries, { kind: 'sent' }, '[5,['), { kind: 'sent', connection: 'wire-1', to: 'client', text });
  });
  assert.deepEqual(saidOf(2, ghost), ["mira (wire-1) was told that 'eve' is online, who never took part as far as the log says"]);
  const view = spoilt((entries) =>
    insert(entries, find(entries, { kind: 'written', seq: 5 }), { kind: 'changed', client: 'jon', session: TABLE, seq: 5, status: 'live' }),
  );
  assert.deepEqual(saidOf(2, view), ['jon stands at 5 while the log ends at 4']);
});

test('CHECK-4: a gap, a doubled event, a broken link and another log break promise 3', () => {
  const written = (seq: number, to: object) => spoilt((entries) => change(entries, find(entries, { kind: 'written', seq }), to));
  assert.ok(saidOf(3, written(12, { seq: 13 })).includes(`event 13 of ${TABLE} was written after event 11`));
  assert.ok(saidOf(3, written(12, { hash: 'f'.repeat(64) })).includes(`event 12 of ${TABLE} is not linked to the one before`));
  const twice = spoilt((entries) => {
    const index = find(entries, { kind: 'written', seq: 12 });
    entries.splice(index, 0, entries[index] as HistoryEntry);
  });
  assert.ok(saidOf(3, twice).includes(`event 12 of ${TABLE} was written after event 12`));
  const other = spoilt((entries) => {
    const index = find(entries, { kind: 'written', seq: 12 });
    const { header } = entries[index] as Extract<HistoryEntry, { kind: 'written' }>;
    change(entries, index, { header: header.replace('log-1', 'log-2') });
  });
  assert.ok(saidOf(3, other).includes(`event 12 of ${TABLE} is of another log`));
  const run = rightEvening().finish();
  assert.deepEqual(saidOf(3, { ...run, logs: cutLogs(run, 10) }), [
    `the log of ${TABLE} ends at 10 when it is read at the end, and 12 events were written`,
  ]);
  assert.deepEqual(saidOf(3, { ...run, logs: new Map() }), [`the log of ${TABLE} is not there at the end`]);
});

test('CHECK-5: who writes without owning breaks promise 4', () => {
  const stale = spoilt((entries) => change(entries, find(entries, { kind: 'written', seq: 12 }), { server: 'one', epoch: 1 }));
  assert.deepEqual(saidOf(4, stale), [
    `one wrote event 12 of ${TABLE} as epoch 1, and epoch 2 owns it`,
    `one wrote event 12 of ${TABLE} as epoch 1, which two had claimed`,
    `one wrote event 12 of ${TABLE} as epoch 1, and the event says epoch 2`,
    `one wrote event 12 of ${TABLE} as epoch 1 with another tag than before`,
  ]);
  const again = spoilt((entries) => insert(entries, entries.length, { kind: 'claimed', server: 'two', session: TABLE, epoch: 2 }));
  assert.deepEqual(saidOf(4, again), [`two claimed ${TABLE} as epoch 2 after epoch 2`]);
});

test('CHECK-6: a command that runs twice, or otherwise than it was sent, or is answered otherwise than before, breaks promise 5', () => {
  const twice = rightEvening();
  const { instance } = twice.client('jon');
  twice.event({ who: 'jon' as never, instance, number: 4, input: { to: 'square 4' } });
  assert.deepEqual(saidOf(5, twice.finish()), [
    `'move', command 4 of instance ${instance} in ${TABLE}, ran as event 12 and again as event 13`,
    `'move', command 4 of instance ${instance} in ${TABLE}, ran as event 13, after command 4`,
  ]);
  const unasked = rightEvening();
  unasked.event({ who: 'jon' as never, instance, number: 5, input: { to: 'square 5' } });
  assert.deepEqual(saidOf(5, unasked.finish()), [
    `'move', command 5 of instance ${instance} in ${TABLE}, ran as event 13, and nothing like it had come from there`,
  ]);
  const afresh = rightEvening();
  const jon = { who: 'jon' as never, instance };
  afresh.hear('jon', { t: 'command', n: 5, low: 5, name: 'move', args: { to: 'square 5' } });
  afresh.hear('jon', { t: 'command', n: 6, low: 5, name: 'move', args: { to: 'square 6' } });
  afresh.event({ ...jon, number: 6, input: { to: 'square 6' } });
  afresh.add({ kind: 'lost', session: TABLE, seq: 13 });
  afresh.event({ ...jon, number: 5, input: { to: 'square 5' } });
  assert.deepEqual(
    saidOf(5, afresh.finish()).filter((said) => said.includes('after command')),
    [],
    'what was refused before an event that is lost is decided afresh',
  );
  const other = spoilt((entries) => insert(entries, entries.length, sent('wire-3', { t: 'ack', n: 4, seq: 11 })));
  assert.deepEqual(saidOf(5, other), [`jon (wire-3) was answered with event 11 for command ${instance} 4, and with event 12 before`]);
  const refused = spoilt((entries) =>
    insert(entries, entries.length, sent('wire-3', { t: 'reject', n: 4, seq: 12, code: 'rejected', message: '' })),
  );
  assert.deepEqual(saidOf(5, refused), [`jon (wire-3) was answered with 'rejected' for command ${instance} 4, and with event 12 before`]);
  const result = spoilt((entries) => reword(entries, '"result":"moved"', (text) => text.replace('moved', 'lost')));
  assert.deepEqual(saidOf(5, result), ['jon (wire-2) got another result for command 1 than event 4 has']);
});

test('CHECK-7: a frame that is left out, doubled, swapped or changed on its way breaks promise 6', () => {
  const arrival = (entries: readonly HistoryEntry[]) => find(entries, { kind: 'received', connection: 'wire-2', to: 'client' }, '[5,[');
  const dropped = spoilt((entries) => entries.splice(arrival(entries), 1));
  assert.deepEqual(saidOf(6, dropped), ['jon (wire-2) got frame 7 before frame 6']);
  const doubled = spoilt((entries) => entries.splice(arrival(entries), 0, entries[arrival(entries)] as HistoryEntry));
  assert.deepEqual(saidOf(6, doubled), ['jon (wire-2) got frame 6 once more']);
  const madeUp = spoilt((entries) => change(entries, arrival(entries), { text: '[5]' }));
  assert.deepEqual(saidOf(6, madeUp), ['jon (wire-2) got something that was never sent']);
});

test('CHECK-7: a view with a gap, an event out of order, and a message that is lost, doubled or passed over in silence break promise 6', () => {
  const gap = spoilt((entries) => reword(entries, '[5,[["tokens","boat"],"b3"]]', () => '[5]'));
  assert.deepEqual(saidOf(6, gap), [
    'a live frame up to 5 for jon (wire-2) leaves out or adds something: /state/tokens/boat is not as the log has it',
  ]);
  const late = spoilt((entries) => reword(entries, '[5,[["tokens","boat"],"b3"]]', () => '[4,[["tokens","boat"],"b3"]]'));
  assert.deepEqual(saidOf(6, late).slice(0, 1), ['a live frame up to 4 for jon (wire-2) makes no sense: event 4 comes after 4']);
  const silent = spoilt((entries) => reword(entries, '[7,["m","said","hello","jon"]]', () => '[7]'));
  assert.deepEqual(saidOf(6, silent), [
    "a live frame up to 7 for mira (wire-1) lacks the message 'said' of event 7, or has it in another place",
    "a live frame up to 7 for jon (wire-2) lacks the message 'said' of event 7, or has it in another place",
  ]);
  const passed = rightEvening();
  passed.event({ command: 'tick', messages: [{ name: 'said', payload: 'the tide' }] });
  passed.snapshot('jon', 'cheaper');
  passed.snapshot('mira', 'cheaper', [13, 13]);
  assert.deepEqual(saidOf(6, passed.finish()), [
    "a frame 'snapshot' up to 13 for jon (wire-3) passes over the message 'said' of event 13 without a word",
  ]);
});

test('CHECK-7: a client that goes back without a snapshot, or shows a message twice, breaks promise 6', () => {
  const back = rightEvening();
  for (const seq of [12, 11]) back.add({ kind: 'changed', client: 'jon', session: TABLE, seq, status: 'live' });
  assert.deepEqual(saidOf(6, back.finish()), ['jon went from 12 back to 11']);
  const twice = rightEvening();
  for (let times = 2; times > 0; times -= 1) twice.add({ kind: 'message', client: 'mira', session: TABLE, name: 'said', payload: 'hello' });
  assert.deepEqual(saidOf(6, twice.finish()), ["mira was shown a message 'said' that had not come, or had been shown before"]);
});

test('CHECK-8: a return that lacks something, says the wrong reason, or goes on with a view of another history breaks promise 7', () => {
  const tail = '"t":"tail","seq":10';
  const cut = spoilt((entries) => reword(entries, tail, (text) => text.replace('[["tokens","tide"],"low"]', '[["tokens","tide"],"high"]')));
  assert.deepEqual(saidOf(7, cut), ['jon (wire-3), who stood at 7, was not brought to 10: /state/tokens/tide is not as the log has it']);
  const merged = spoilt((entries) => rewordHello(entries, 'wire-3', (position) => ({ ...position, tag: 'tag-9' })));
  assert.deepEqual(saidOf(7, merged), ['jon (wire-3), who stood at 7, is of another history, and its view was gone on with']);
  const elsewhere = spoilt((entries) => rewordHello(entries, 'wire-3', (position) => ({ ...position, logId: 'log-0' })));
  assert.deepEqual(saidOf(7, elsewhere), ['jon (wire-3), who stood at 7, is of another history, and its view was gone on with']);
  const joined = spoilt((entries) => reword(entries, '"reason":"joined"', (text) => text.replace('joined', 'cheaper')));
  assert.deepEqual(saidOf(7, joined), [
    'mira (wire-1) said nothing of where it stood, and was not sent a snapshot as someone who joins',
    'jon (wire-2) said nothing of where it stood, and was not sent a snapshot as someone who joins',
  ]);
});

test('CHECK-9: a snapshot, a tail, a checkpoint or a view of a client that is not what the log gives breaks promise 8', () => {
  const snapshot = spoilt((entries) =>
    reword(entries, '"t":"snapshot"', (text) => (text.includes('"jon"') ? text.replace('"tokens":{}', '"tokens":{"raft":"a1"}') : text)),
  );
  assert.deepEqual(saidOf(8, snapshot), ['the snapshot for jon (wire-2) gives something else at 3 than the log does: /state/tokens/raft']);
  const hash = spoilt((entries) => reword(entries, '"t":"check"', (text) => text.replace(/"hash":"\w+"/, '"hash":"0000000000000000"')));
  assert.deepEqual(saidOf(8, hash), ['the checkpoint at 7 for jon (wire-2) is of something else']);
  const view = spoilt((entries) => {
    const index = find(entries, { kind: 'view', client: 'jon' });
    const { state } = entries[index] as Extract<HistoryEntry, { kind: 'view' }>;
    change(entries, index, { state: { ...(state as JsonObject), tokens: {} } });
  });
  assert.deepEqual(saidOf(8, view), ['jon holds something else at 12 than the log gives: /state/tokens/boat']);
  const self = spoilt((entries) => change(entries, find(entries, { kind: 'view', client: 'jon' }), { role: 'spectator' }));
  assert.deepEqual(saidOf(8, self), ["jon takes itself at 12 for 'spectator' and is 'player'"]);
  const diverged = rightEvening();
  diverged.hear('jon', { t: 'diverged', seq: 12, hash: '0000000000000000' });
  assert.deepEqual(saidOf(8, diverged.finish()), ['jon (wire-3) found at 12 that its view is not what it should be']);
});

test('CHECK-10: a refusal of what is in the log, or of what runs later, breaks promise 9', () => {
  const refusal = { t: 'reject', n: 4, seq: 11, code: 'rejected', message: '' };
  const after = spoilt((entries) => insert(entries, entries.length, sent('wire-3', refusal)));
  assert.deepEqual(saidOf(9, after), ["jon (wire-3) was told 'rejected' of command 4, which is in the log"]);
  const before = spoilt((entries) => {
    const at = find(entries, { kind: 'written', seq: 12 });
    insert(entries, at, { ...sent('wire-3', refusal), kind: 'received' });
    insert(entries, at, sent('wire-3', refusal));
  });
  assert.deepEqual(saidOf(9, before), ["jon (wire-3) was told 'rejected' of command 4, and later it ran"]);
});

test('CHECK-11: a log that reads as sound though a disk spoilt it breaks promise 10', () => {
  const run = spoilt((entries) => insert(entries, entries.length, { kind: 'fault', fault: 'corrupt event', on: `${TABLE} 9 content` }));
  assert.deepEqual(saidOf(10, run), [`event 9 of ${TABLE} was spoilt, and the log is read as sound`]);
  const read = run.logs.get(TABLE) ?? { events: [] };
  const noticed = { ...read, events: read.events.slice(0, 8), damage: { seq: 9, reason: 'spoilt' } };
  assert.deepEqual(saidOf(10, { ...run, logs: new Map([[TABLE, noticed]]) }), []);
  const late = { ...read, events: read.events.slice(0, 9), damage: { seq: 10, reason: 'spoilt' } };
  assert.deepEqual(saidOf(10, { ...run, logs: new Map([[TABLE, late]]) }), [
    `event 9 of ${TABLE} was spoilt, and the log is read as sound up to 10`,
  ]);
});

test('CHECK-12: a session out of service for nothing of its own, and whatever fails inside a server, break promise 11', () => {
  const end = (code: string) => spoilt((entries) => insert(entries, entries.length, sent('wire-3', { t: 'error', code, message: '' })));
  assert.deepEqual(saidOf(11, end('quarantined')), [`jon (wire-3) was told 'quarantined', and nothing was wrong with ${TABLE}`]);
  assert.deepEqual(saidOf(11, end('internal')), ["jon (wire-3) was told 'internal': something failed inside the server"]);
  assert.deepEqual(saidOf(11, end('shutting-down')), []);
  const log = spoilt((entries) =>
    insert(entries, entries.length, { kind: 'log', server: 'two', level: 'error', message: 'session crashed' }),
  );
  assert.deepEqual(saidOf(11, log), ['two says: session crashed']);
  const old = (before: HistoryFact[]) =>
    spoilt((entries) => {
      const message = 'session wake-failed {"reason":"it was stored by version 2, which is newer than version 1 here"}';
      for (const fact of [...before, { kind: 'log', server: 'one', level: 'error', message } as const])
        insert(entries, entries.length, fact);
    });
  assert.equal(saidOf(11, old([])).length, 1);
  assert.deepEqual(saidOf(11, old([{ kind: 'fault', fault: 'deploy', on: 'two' }])), [], 'a server of before a deploy');
});

test('CHECK-13: anything hidden that reaches another, in any frame or log, breaks promise 12', () => {
  const leak = spoilt((entries) => {
    const index = find(entries, { kind: 'sent', connection: 'wire-2' }, 'b3');
    const text = JSON.stringify([5, [['tokens', 'boat'], 'b3'], [['secrets', 'trap'], canary('gm')]]);
    change(entries, index, { text });
    change(entries, index + 1, { text });
  });
  assert.deepEqual(saidOf(12, leak), ['a live frame for jon (wire-2), player, holds canary(gm)']);
  const message = spoilt((entries) =>
    insert(entries, find(entries, { kind: 'step', step: 4 }), sent('wire-2', [8, ['m', 'said', canary('gm'), 'mira']])),
  );
  assert.deepEqual(saidOf(12, message), [
    'a live frame for jon (wire-2), player, holds canary(gm)',
    "jon (wire-2) got the message 'said' of event 8, which is for others",
  ]);
  const salt = spoilt((entries, { line }) => {
    const what = { t: 'pong', at: 1, now: 2, salt: line.at(4)?.content?.salt };
    insert(entries, entries.length, sent('wire-3', what));
  });
  assert.deepEqual(saidOf(12, salt), ["a frame 'pong' for jon (wire-3) holds a salt of the session"]);
  const hash = spoilt((entries, { line }) =>
    insert(entries, entries.length, sent('wire-3', { t: 'pong', at: 1, now: 2, hash: line.at(4)?.hash })),
  );
  assert.deepEqual(saidOf(12, hash), ["a frame 'pong' for jon (wire-3) holds a hash of the chain of the session"]);
  const log = spoilt((entries) =>
    insert(entries, entries.length, { kind: 'log', server: 'two', level: 'warn', message: `no ${canary('gm')}` }),
  );
  assert.deepEqual(saidOf(12, log), ['the log of two holds what is hidden: no canary(gm)']);
});

test('CHECK-13: what reaches a stream after its viewer became another, or went, breaks promise 12; so does what they do then', () => {
  const turned = rightEvening();
  turned.event({ command: '@role', meta: [['s', ['participants', 'jon', 'role'], 'spectator']] });
  const after = turned.event({ command: 'tick', ops: [['s', ['tokens', 'boat'], 'b4']] });
  turned.say('jon', [13, [[0, 'participants', 'jon', 'role'], 'spectator'], 1, [['tokens', 'boat'], 'b4']]);
  assert.equal(after, 14);
  assert.deepEqual(saidOf(12, turned.finish()), [
    'a live frame up to 14 for jon (wire-3) goes on after event 13, since which they are spectator',
  ]);
  const gone = rightEvening();
  gone.event({ command: '@kick', meta: [['d', ['participants', 'jon']]] });
  gone.say('jon', { t: 'error', code: 'kicked', message: '' });
  gone.say('jon', { t: 'pong', at: 1, now: 2 });
  const { instance } = gone.client('jon');
  gone.hear('jon', { t: 'command', n: 5, low: 5, name: 'move', args: null });
  gone.event({ who: 'jon' as never, instance, number: 5, input: null });
  assert.deepEqual(saidOf(12, gone.finish()), [
    "jon (wire-3) got a frame 'pong' after the frame that ended the connection",
    `event 14 of ${TABLE}, 'move', is by 'jon', who took no part then`,
  ]);
});

test('CHECK-14: more under way than the bound, and more commands waiting than there may be, break promise 13', () => {
  const heap = spoilt((entries) => {
    for (let times = 0; times < 4; times += 1)
      insert(entries, entries.length, sent('wire-3', { t: 'pong', at: 1, now: 2, heap: 'x'.repeat(1 << 18) }));
  });
  assert.equal(saidOf(13, heap).length, 1);
  assert.match(saidOf(13, heap)[0] ?? '', /^104\d{4} bytes are under way to jon \(wire-3\), and 104\d{4} may be$/);
  const many = rightEvening();
  for (let n = 5; n < 38; n += 1) many.hear('jon', { t: 'command', n, low: n, name: 'move', args: null });
  assert.deepEqual(saidOf(13, many.finish()), ['jon (wire-3) has 33 commands waiting at once']);
});

test('CHECK-15: a step that the table of lives does not have, play while nobody may, change after the end and removal of what lives break promise 14', () => {
  const evening = rightEvening();
  const status = (to: string) => [['s', ['status'], to]] as never;
  evening.event({ command: '@pause', meta: status('paused') });
  evening.hear('jon', { t: 'command', n: 5, low: 5, name: 'move', args: null });
  evening.event({ who: 'jon' as never, instance: evening.client('jon').instance, number: 5, input: null });
  evening.event({ command: '@start', meta: status('lobby') });
  evening.event({ command: '@end', meta: status('ended') });
  evening.event({ command: 'tick', ops: [['s', ['tokens', 'boat'], 'b9']] });
  assert.deepEqual(saidOf(14, evening.finish()), [
    `event 14 of ${TABLE}, 'move', was accepted while the session was 'paused'`,
    `event 15 of ${TABLE}, '@start', leads from 'paused' to 'lobby'`,
    `event 17 of ${TABLE}, 'tick', changes the state of a session that is 'ended'`,
  ]);
  const removed = spoilt((entries) => insert(entries, entries.length, { kind: 'removed', session: TABLE, why: 'deleted' }));
  assert.deepEqual(saidOf(14, removed), [`${TABLE} was removed as 'deleted' while it was 'active'`]);
  const again = rightEvening();
  for (const told of ['ended ended', 'live']) again.add({ kind: 'status', client: 'jon', session: TABLE, status: told });
  assert.deepEqual(saidOf(14, again.finish()), ["jon is 'live' in a session that it saw end"]);
});

test('CHECK-16: events that go back in time, and a takeover from a server that is up, break promise 15', () => {
  const back = rightEvening();
  back.event({ command: 'tick', at: 5 });
  assert.match(saidOf(15, back.finish())[0] ?? '', /^event 13 of table-1 is earlier than the one before, by \d+ ms$/);
  const taken = rightEvening();
  taken.add({ kind: 'server', server: 'three', change: 'started' });
  taken.add({ kind: 'fault', fault: 'clock jump', on: 'servers' });
  taken.add({ kind: 'claimed', server: 'three', session: TABLE, epoch: 3 });
  assert.deepEqual(saidOf(15, taken.finish()), [`three took ${TABLE} from two, which was up, when a clock jumped`]);
  const later = rightEvening();
  later.add({ kind: 'fault', fault: 'clock jump', on: 'servers' });
  for (const change of ['starting', 'started'] as const) later.add({ kind: 'server', server: 'three', change });
  later.add({ kind: 'claimed', server: 'three', session: TABLE, epoch: 3 });
  assert.deepEqual(saidOf(15, later.finish()), [], 'who starts after the jump looks at what is due');
});

test('CHECK-17: a ghost, someone who is not shown, and clients that show something else than each other break promise 16', () => {
  const shown = (who: string, people: object) =>
    spoilt((entries) => change(entries, find(entries, { kind: 'view', client: who }), { presence: people }));
  const [here, gone] = [{ status: 'online' }, { status: 'disconnected' }];
  assert.deepEqual(saidOf(16, shown('jon', { mira: here, jon: gone })), [
    "jon shows 'jon' as disconnected, who is connected",
    "jon and mira show 'jon' differently",
  ]);
  assert.deepEqual(saidOf(16, shown('jon', { mira: here, jon: here, eve: here })), [
    "jon shows 'eve' as online, who is not connected",
    "jon and mira show 'eve' differently",
  ]);
  assert.deepEqual(saidOf(16, shown('jon', { jon: here })), ["jon shows 'mira' as not there, who is connected"]);
});

test('CHECK-18: a client that is not at the head in the end, and a question without an answer, break promise 17', () => {
  const behind = rightEvening();
  behind.event({ command: '@rename', meta: [['s', ['name'], 'Low tide']] });
  const [mira, jon] = [behind.client('mira'), behind.client('jon')];
  mira.at = 13;
  jon.at = 12;
  behind.look();
  assert.deepEqual(saidOf(17, behind.finish()), ['jon stands at 12 in the end, and event 13 shows everyone something']);
  const unanswered = spoilt((entries) => entries.splice(find(entries, { kind: 'answered', ask: 6 }), 1));
  assert.deepEqual(saidOf(17, unanswered), ["'move' (ask 6) of jon had no answer when everything had come to rest"]);
});

function sent(connection: string, frame: object): Extract<HistoryFact, { kind: 'sent' | 'received' }> {
  return { kind: 'sent', connection, to: 'client', text: JSON.stringify(frame) };
}

function rewordHello(entries: HistoryEntry[], connection: string, to: (position: object) => object): void {
  for (const [index, entry] of entries.entries()) {
    if ((entry.kind !== 'sent' && entry.kind !== 'received') || entry.connection !== connection || !entry.text.includes('"hello"'))
      continue;
    const hello = JSON.parse(entry.text) as { position: object };
    entries[index] = { ...entry, text: JSON.stringify({ ...hello, position: to(hello.position) }) };
  }
}

/** The logs at the end without what follows that seq. */
function cutLogs({ logs }: FinishedRun, upTo: number): FinishedRun['logs'] {
  return new Map([...logs].map(([session, { events }]) => [session, { events: events.slice(0, upTo) }]));
}
