import { AFTER_LOSS, CLIENT_POLICY, type ConnectionPolicy, SERVER_POLICY } from '../src/connection/lifecycle-policy.ts';
import { EVENTS, type LifecycleMap, type Outcome, STATES } from './explore-lifecycle.ts';

/** The page about the lifecycle, byte for byte. */
export function lifecyclePage(map: LifecycleMap): string {
  return `# The connection lifecycle

A connection is one remote endpoint: a tab, a phone, a process. Both its ends run the same state machine, the client for its one connection and the
server for each of its many, so both have the same words for what goes on and the same rules for what comes next. The machine is a pure function,
\`(status, event, policy) -> { status, effects }\`: it opens no socket, starts no timer, reads no clock and throws no dice. Its host tells it
what happened, and does what it asks for.

![The states of a connection and the events that lead from one to the next](connection-lifecycle.svg)

| state | means | ends by itself |
| --- | --- | --- |
| \`connecting\` | this end opens a transport | after \`openTimeoutMs\` |
| \`connected\` | the transport is open, no login has been presented | after \`loginTimeoutMs\`, counted from here |
| \`authenticating\` | a login was presented and is being decided | at the same deadline |
| \`live\` | logged in, and heard of recently | suspect after \`suspectAfterMs\` of silence |
| \`suspect\` | silent for long, and asked for a sign of life | given up after \`deadAfterMs\` of silence |
| \`reconnecting\` | without a transport, its place kept | tries again at \`retryAt\`; closed at \`until\` |
| \`closed\` | over, with a reason | never |

## Every state and every event

Where each event leads. A dot: it means nothing there and changes nothing. *stays*: it has an effect, and the state remains. Events about a
transport that has been replaced mean nothing anywhere: a socket's late close never ends the connection that went on over another.

| | ${STATES.map((state) => `\`${state}\``).join(' | ')} |
| --- |${' --- |'.repeat(STATES.length)}
${EVENTS.map((kind) => `| \`${kind}\` | ${STATES.map((state) => cell(map[state][kind])).join(' | ')} |`).join('\n')}

## After a loss

Every close carries a [code](../reference/codes.md), and the code says what should be done. What an end makes of that depends on its policy
alone: a client *dials*, a server *waits*.

| the code says | an end that dials | an end that waits | an end that never reconnects |
| --- | --- | --- | --- |
${(['retry', 'reconnect', 'sign-in', 'reset', 'stop'] as const).map((then) => `| ${then} | ${AFTER[AFTER_LOSS.dials[then]]} | ${AFTER[AFTER_LOSS.waits[then]]} | ${AFTER[AFTER_LOSS.never[then]]} |`).join('\n')}

An end that waits keeps nobody's place who had not logged in. A credential that is refused again after it was renewed is refused for good.

Tries are spread: the wait doubles from try to try, and a part of it is left to chance, so that a thousand clients that were cut off
together do not come back together. A transport that was live for \`provenMs\` proved good, and the next loss starts with the shortest wait again.
Nobody comes back earlier than the other end asked (\`retryAfterMs\`). When a phone finds its network again or a page becomes visible, a
waiting client tries at once.

## Silence

Any frame is a sign of life. Latency alone never ends a connection: what counts is that something is heard within \`deadAfterMs\`. Time in which
a host itself slept (a closed laptop, a frozen page, a stopped virtual machine) says nothing about the other end, so it is asked first and has
its full time to answer.

## What is announced

Others hear of a connection that has \`arrived\`; it may be \`lost\` and have \`returned\` any number of times; and it ends once, as \`left\` (on
purpose), \`expired\` (it did not return in time) or \`ended\` (anything else). When another transport takes a live connection over, as after a change of
network, nobody hears of a loss.

## The policy

All in which two ends differ is data, and a session type may have its own. Durations are milliseconds.

| setting | client | server |
| --- | --- | --- |
${Object.keys(CLIENT_POLICY)
  .map((name) => `| \`${name}\` | ${setting(CLIENT_POLICY, name)} | ${setting(SERVER_POLICY, name)} |`)
  .join('\n')}

With another heartbeat the two limits of silence change in proportion, unless they are set as well.

This page and its drawing are written by \`scripts/draw-lifecycle.ts\`, which runs the machine to find out where each event leads.
`;
}

const AFTER = {
  dial: 'tries again in a while',
  renew: 'renews its credential, then tries',
  afresh: 'tries again as a new instance',
  wait: 'keeps the place',
  close: 'closes',
} as const;

function cell(outcomes: ReadonlySet<Outcome>): string {
  const told = [...outcomes].filter((outcome) => outcome !== 'nothing').sort((a, b) => rank(a) - rank(b));
  return told.length === 0 ? '·' : told.map((outcome) => (outcome === 'stays' ? '*stays*' : outcome)).join(', ');
}

function rank(outcome: Outcome): number {
  return ['stays', ...STATES].indexOf(outcome);
}

function setting(policy: ConnectionPolicy, name: string): string {
  const value = Object.entries(policy).find(([key]) => key === name)?.[1];
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, part]) => `${key} ${part.toLocaleString('en')}`)
      .join(', ');
  if (value === Infinity) return 'no end';
  return value === undefined ? '' : value.toLocaleString('en');
}
