const HOUR = 3_600_000;

/** A span of time as people say it: `3 h 20 min`, `12 min`, `less than a minute`. */
export function spellSpan(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : '', rest > 0 ? `${rest} min` : ''].filter(Boolean).join(' ');
}

/** How long an invitation is still good. */
export function spellExpiry(expiresAt: number | null, now: number): string {
  if (expiresAt === null) return 'no end';
  if (expiresAt <= now) return 'expired';
  const hours = Math.ceil((expiresAt - now) / HOUR);
  if (hours > 48) return `${Math.ceil(hours / 24)} days left`;
  return `${hours > 1 ? `${hours} h` : spellSpan(expiresAt - now)} left`;
}
