import type { InvitedTo, Invites } from './invites.ts';
import { Http, type HttpPorts } from './http.ts';

/** Invitations, by the server's HTTP routes. */
export function httpInvites(ports: HttpPorts): Invites {
  const http = new Http(ports);
  const page = ports.root.replace(/v1\/$/, '');
  // The server's answers are of the documented form.
  const ask = async (route: string, body?: object) => Object(await http.json(route, body === undefined ? {} : { body }));
  /** Whoever holds the token may: no credential goes along. */
  const askAsAnyone = async (route: string, body: object) => Object(await http.json(route, { body, anonymous: true }));
  return {
    async create(to, wish = {}) {
      const { invite, token, expiresAt } = await ask(routeOf(to), wish);
      return { invite, token, expiresAt, link: `${page}#invite=${token}` };
    },
    list: async (to) => (await ask(routeOf(to))).invites,
    revoke: async (to, invite) => void (await ask(`${routeOf(to)}/${encodeURIComponent(invite)}/revoke`, {})),
    preview: (token) => askAsAnyone('invites/preview', { token }),
    redeem: (token, { name }) => askAsAnyone('invites/redeem', { token, name }),
    claim: (guest) => ask('guests/claim', { guest }),
  };
}

function routeOf(to: InvitedTo): string {
  const [kind, id] = 'session' in to ? ['sessions', to.session] : ['campaigns', to.campaign];
  return `${kind}/${encodeURIComponent(id)}/invites`;
}
