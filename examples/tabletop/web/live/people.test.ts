import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Participant, ParticipantId, PresentParticipant } from 'holdfast/client';
import { peopleOf, spellRole, spellStanding } from './people.ts';

function participant(name: string, more: Partial<Participant> = {}): Participant {
  return { id: name as ParticipantId, name, role: 'player', joinedSeq: 2, ...more } as Participant;
}

function spelled(who: Participant, present?: Partial<PresentParticipant>): string {
  const presence = present === undefined ? {} : { [who.id]: { status: 'online' as const, since: 0, ...present } };
  const [person] = peopleOf([who], presence, 'Mira');
  assert.ok(person);
  return [spellStanding(person), spellRole(person)].filter(Boolean).join(' · ');
}

test('DEMO-18: a person is live, idle, reconnecting for as long as they may return, and then gone', () => {
  const tom = participant('Tom');
  assert.equal(spelled(tom, { status: 'online' }), 'live');
  assert.equal(spelled(tom, { status: 'idle' }), 'idle');
  assert.equal(spelled(tom, { status: 'disconnected' }), 'reconnecting');
  assert.equal(spelled(participant('Tom', { away: true }), { status: 'disconnected' }), 'gone');
  assert.equal(spelled(tom), 'gone');
});

test('DEMO-18: what someone does takes the place of how they are here, unless they are not', () => {
  const activity = { name: 'rolling', untilMs: 1_000 };
  assert.equal(spelled(participant('Mira', { role: 'gm' }), { activity }), 'rolling · you · GM');
  assert.equal(spelled(participant('Tom', { role: 'spectator' }), { status: 'disconnected', activity }), 'reconnecting · looks on');
});

test('DEMO-18: a token is in the hand of who says so, and nonsense is in nobody’s', () => {
  const tom = participant('Tom');
  const holds = (data: PresentParticipant['data']) =>
    peopleOf([tom], { [tom.id]: { status: 'online', since: 0, ...(data !== undefined && { data }) } }, 'Mira')[0]?.holds;
  assert.equal(holds({ holds: 'marlin' }), 'marlin');
  for (const data of [undefined, null, 7, 'marlin', { holds: 3 }]) assert.equal(holds(data), undefined);
});
