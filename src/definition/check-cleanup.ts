import { DEFAULT_CLEANUP } from './cleanup-policy.ts';
import { checkLegal, checkProperties, checkRecord, isRecord, shown, type Faults } from './fault-text.ts';

const NEVER_ALLOWED = ['abandonAfterMs', 'pausedAfterMs', 'completedAfterMs', 'deleteAfterMs'];
const DAYS_MOST = 36_500;

/** The policy of cleanup: known names, whole milliseconds, null where never is possible. */
export function* checkCleanup(place: string, cleanup: unknown): Faults {
  yield* checkRecord(place, cleanup, 'the policy of cleanup is an object');
  if (!isRecord(cleanup)) return;
  yield* checkProperties(place, cleanup, [...Object.keys(DEFAULT_CLEANUP), 'hold']);
  for (const [key, value] of Object.entries(cleanup)) {
    if (key === 'activity') yield* checkLegal(`${place}.activity`, 'no such rule', value, ['commands', 'attendance']);
    else if (key === 'hold') {
      if (value !== undefined && typeof value !== 'function')
        yield `${place}.hold: a function of state and meta that says whether to keep the session, not ${shown(value)}`;
    } else if (key in DEFAULT_CLEANUP) yield* checkTime(`${place}.${key}`, value, NEVER_ALLOWED.includes(key));
  }
}

function* checkTime(place: string, value: unknown, canBeNever: boolean): Faults {
  if (canBeNever && value === null) return;
  if (!(Number.isSafeInteger(value) && Number(value) >= 0))
    yield `${place}: a whole number of milliseconds${canBeNever ? ', or null for never' : ''}, not ${shown(value)}`;
}

export function* checkRetention(place: string, retention: unknown): Faults {
  if (retention === 'full' || retention === 'metadata-only') return;
  const days = isRecord(retention) ? retention['days'] : undefined;
  if (!(Number.isSafeInteger(days) && Number(days) >= 1 && Number(days) <= DAYS_MOST))
    yield `${place}: 'full', 'metadata-only' or { days: 1 to ${DAYS_MOST} }, not ${shown(retention)}`;
}
