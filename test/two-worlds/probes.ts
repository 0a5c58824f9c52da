import type { JsonValue } from '../../src/protocol/json.ts';

/** What a probe is about: ids that its asker may know, or has guessed. */
export type Place = {
  readonly session: string;
  readonly campaign: string;
  readonly invite: string;
  readonly person: string;
  readonly token: string;
  readonly b: number;
};

export type Probe = {
  readonly method: 'GET' | 'POST';
  /** As `/openapi.json` has it. */
  readonly path: string;
  readonly body?: (place: Place) => JsonValue;
  readonly query?: (place: Place) => string;
};

const get = (path: string, query?: Probe['query']): Probe => ({ method: 'GET', path, ...(query === undefined ? {} : { query }) });
const post = (path: string, body: Probe['body'] = () => ({})): Probe => ({ method: 'POST', path, body });

const ROLES = ['player', 'spectator', 'gm'] as const;
const FILTERS = ['', '?text=hush', '?owner=mira', '?type=open-game', '?seatsFree=true', '?limit=1', '?status=active', '?cursor=x'] as const;

/** Both of sessions and of campaigns. */
const ACTS: readonly [path: string, body: NonNullable<Probe['body']>][] = [
  ['join', ({ b }) => (b % 2 === 0 ? {} : { role: ROLES[b % 3] as string })],
  ['leave', () => ({})],
  ['rename', () => ({ name: 'Another name' })],
  ['role', ({ person }) => ({ participant: person, role: 'player' })],
  ['hand-over', ({ person }) => ({ participant: person })],
  ['transfer', ({ person }) => ({ participant: person })],
  ['kick', ({ person }) => ({ participant: person })],
  ['ban', ({ person }) => ({ participant: person })],
  ['unban', ({ person }) => ({ participant: person })],
  ['erase', ({ person }) => ({ participant: person })],
  ['lock', () => ({ locked: true })],
  ['invites', () => ({ role: 'player' })],
  ['invites/{invite}/revoke', () => ({})],
];

/** Every route of the server, as an outsider asks it. */
export const PROBES: readonly Probe[] = [
  get('/v1/sessions', ({ b }) => FILTERS[b % FILTERS.length] as string),
  post('/v1/sessions', ({ b, campaign }) => ({
    type: b % 5 === 0 ? 'nothing' : 'open-game',
    name: 'Mine',
    ...(b % 3 === 0 ? { campaign } : {}),
  })),
  get('/v1/sessions/{id}'),
  get('/v1/sessions/{id}'),
  get('/v1/sessions/{id}'),
  get('/v1/sessions/{id}/history'),
  get('/v1/sessions/{id}/history'),
  get('/v1/sessions/{id}/messages', ({ b }) => `?from=${b % 9}`),
  get('/v1/sessions/{id}/participants'),
  get('/v1/sessions/{id}/audit'),
  get('/v1/sessions/{id}/invites'),
  get('/v1/campaigns/{id}/members'),
  get('/v1/campaigns/{id}/audit'),
  get('/v1/campaigns/{id}/invites'),
  get('/v1/campaigns/{id}/history'),
  get('/v1/campaigns/{id}'),
  get('/v1/campaigns'),
  post('/v1/campaigns', () => ({ name: 'My campaign' })),
  post('/v1/campaigns/{id}/describe', () => ({ text: 'Fridays.' })),
  post('/v1/campaigns/{id}/archive', () => ({ archived: true })),
  post('/v1/sessions/{id}/end'),
  post('/v1/sessions/{id}/start'),
  post('/v1/sessions/{id}/pause'),
  post('/v1/sessions/{id}/resume'),
  post('/v1/sessions/{id}/commands', ({ b }) => ({ name: b % 2 === 0 ? 'say' : 'hide', args: { text: 'from outside', key: 'a' } })),
  post('/v1/sessions/{id}/frames', () => []),
  post('/v1/sessions/{id}/watch-ticket'),
  ...ACTS.flatMap(([path, body]) => [post(`/v1/sessions/{id}/${path}`, body), post(`/v1/campaigns/{id}/${path}`, body)]),
  get('/healthz'),
  get('/readyz'),
  get('/metrics'),
  get('/openapi.json'),
  get('/v1/admin/sessions'),
];

/** Routes that have steps of their own. */
export const STEPPED: readonly string[] = [
  'GET /v1/sessions/watch',
  'POST /v1/sessions/{id}/stream',
  'GET /v1/sessions/{id}/stream',
  'POST /v1/invites/preview',
  'POST /v1/invites/redeem',
  'POST /v1/guests/claim',
];
