import { ENDING } from '../src/session/ending.ts';
import { ADMITS, type Cell, LIFECYCLE, LIFECYCLE_EVENTS, STATUSES } from '../src/session/lifecycle-table.ts';

/** The page about the life of a session, byte for byte. */
export function sessionLifecyclePage(table: typeof LIFECYCLE = LIFECYCLE): string {
  return `# The life of a session

A session knows what it is and says why it changed. One table holds every status and everything that can happen; each transition is one event in
the log, with what the session was before, what it is now, who did it, why and when.

![The statuses of a session and the events that lead from one to the next](session-lifecycle.svg)

| | ${STATUSES.map((status) => `\`${status}\``).join(' | ')} |
| --- |${' --- |'.repeat(STATUSES.length)}
${LIFECYCLE_EVENTS.map((event) => `| \`${event}\` | ${STATUSES.map((status) => shown(table[status][event])).join(' | ')} |`).join('\n')}
| takes game commands | ${STATUSES.map((status) => (ADMITS[status].commands ? 'yes' : '·')).join(' | ')} |
| takes newcomers | ${STATUSES.map((status) => (ADMITS[status].newcomers ? 'yes' : '·')).join(' | ')} |

A dot: it is refused with code \`illegal-transition\`, whose message and \`details.legal\` list what is possible. *stays*: it is recorded and told, and the
status remains. Who may start, pause, resume and end is a [right](../reference/definition.md#policies) of the definition’s; \`warn\`, \`abandon\` and
\`archive\` are the host’s alone.

Everyone is told by the message \`@lifecycle\`, \`{ from, to, event, by, reason, at }\`, and \`meta\` says how it stands: \`status\`, \`startedAt\`, while it is
paused \`pausedBy\`, \`pausedAt\` and \`reason\`, and once it is over \`endedBy\`, \`endedAt\`, \`reason\` and \`result\`.

## Lobby

With the policy \`start: 'lobby'\` a new session gathers people first: they join, leave and come back, and hooks run, but game commands are refused
with \`not-active\` until somebody starts it. Otherwise it is active from the beginning.

## Paused

Game commands are refused with \`not-active\`: message and details say who paused the session, when and why. Its time stands still: a timer that was due
in ten minutes is due ten minutes after the resume. People join, leave and come back as always, and a restart changes nothing.

With the policy \`whenGmLeaves: 'pause'\` a session pauses by itself when the last participant of the role \`gm\` has left or was lost; with \`'hand-over'\`
the owner, or whoever joined first of those present, becomes GM. By default the session just goes on.

## Abandoned

[Cleanup](../how-to/clean-up.md) gives a session up in which nobody plays, after a warning; it does so only where nobody is connected. Whoever comes
back takes it up again, as it was before: a paused session is then paused still.

## Ended

A command ends its session with \`ctx.end(result)\`; a definition may declare \`isComplete(state)\`, which is asked after every accepted command; and
\`@end\` ends it for good reasons of people. All of that is one event, with these steps in this order, checked once it is durable:

${ENDING.map(({ step }, index) => `${index + 1}. ${STEPS[step]}`).join('\n')}

The final state stays readable: for clients that were there (\`session.status.state\` is \`'ended'\`), for participants who come back to see it, and by HTTP.
Nothing can change it any more.

## Hooks

\`onStart\`, \`onJoin\`, \`onLeave\`, \`onPause\`, \`onResume\` and \`onEnd\` run as commands do, in the very event of what they are named after: they change the state,
send messages, set timers and have their own chance. One that throws is reported and changes nothing, and what it hangs on happens all the same. Where
\`onStart\`, \`onPause\` or \`onResume\` calls \`ctx.reject\`, a participant’s wish is refused with that message; the host’s is not.

## Timers

\`ctx.schedule(afterMs, command, args)\` runs a command of the session by itself, once, also after restarts, as an event by \`system\`. It names a command, never
a function, because the timer may outlive the process. Timers are due in *session time*, which passes while the session is active. A session that sleeps
wakes for its next timer. What was missed while the server was down runs once when it is back; with the policy \`timers: { downtime: 'frozen' }\`
downtime does not count instead.

A \`tick\` is for games in real time: it runs at a fixed rate while the session is active and someone is connected. A tick that changes nothing writes
nothing; ticks that are due while the store is busy with the last one become one event.

## History

What is worth remembering outlives the content of a session: when it was made, started, paused and ended, by whom and why, how long it was played, who
took part when and in which roles, and what handlers kept with \`ctx.highlight(text, data)\`. It follows from the log, so no crash loses a part of it.
\`GET /v1/sessions/:id/history\` shows it to the owner and to whoever takes part, or did to the end; \`server.sessions.history({ campaign, person, from, to })\` finds it. The
record of a campaign is the history of its sessions.
`;
}

const STEPS: Readonly<Record<(typeof ENDING)[number]['step'], string>> = {
  'refuse': 'every command is refused from now on',
  'snapshot': 'the final snapshot is stored',
  'notify': 'everyone is told, with the reason',
  'close': 'every connection is closed with code `ended`',
  'cancel timers': 'timers are cancelled',
  'revoke invites': 'invites are revoked',
  'free': 'the session leaves memory',
};

function shown(cell: Cell): string {
  switch (cell) {
    case 'illegal':
      return '·';
    case 'stays':
      return '*stays*';
    case 'before':
      return 'as it was';
    default:
      return `\`${cell}\``;
  }
}
