/** Which pages may use the server from a browser. */
export type OriginRule = {
  /** Exact origins (`https://play.example.org`) besides the server's own. */
  readonly allowed: readonly string[];
  /** Any page served from this machine, whatever its port: for development. */
  readonly loopback: boolean;
};

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * True when a request with this Origin header may be served. Programs other than browsers send none and are let through:
 * the rule protects people who visit a hostile page, not the server from its clients.
 */
export function allowsOrigin(rule: OriginRule, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (rule.allowed.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (host !== undefined && url.host === host.toLowerCase()) return true;
  return rule.loopback && LOOPBACK_HOSTS.has(url.hostname);
}
