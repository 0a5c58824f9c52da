import type { Campaigns } from './campaigns.ts';
import { Http, type HttpPorts, type Parameters } from './http.ts';

/** The campaigns of a server, by its HTTP routes. */
export function httpCampaigns(ports: HttpPorts): Campaigns {
  const http = new Http(ports);
  // The server's answers are of the documented form.
  const ask = async (route: string, body?: object, parameters: Parameters = {}) =>
    Object(await http.json(`campaigns${route}`, { parameters, ...(body !== undefined && { body }) }));
  const of = (campaign: string, rest = '') => `/${encodeURIComponent(campaign)}${rest}`;
  const act = (route: string) => async (campaign: string, args: object) => void (await ask(of(campaign, `/${route}`), args));
  return {
    create: async ({ name }) => (await ask('', { name })).campaign,
    list: async () => (await ask('')).campaigns,
    get: async (campaign) => (await ask(of(campaign))).campaign,
    describe: (campaign, text) => act('describe')(campaign, { text }),
    archive: (campaign, archived = true) => act('archive')(campaign, { archived }),
    members: async (campaign) => (await ask(of(campaign, '/members'))).people,
    history: (campaign, page = {}) => ask(of(campaign, '/history'), undefined, page),
    leave: async (campaign) => void (await ask(of(campaign, '/leave'), {})),
    join: act('join'),
    rename: act('rename'),
    role: act('role'),
    handOver: act('hand-over'),
    transfer: act('transfer'),
    kick: act('kick'),
    ban: act('ban'),
    unban: act('unban'),
    lock: act('lock'),
  };
}
