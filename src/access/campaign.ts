import { NO_CLEANUP } from '../definition/cleanup-policy.ts';
import { defineSession } from '../definition/define-session.ts';

const DESCRIPTION_MOST = 2_000;

/** The type name of campaigns, which no definition of a host may have. */
export const CAMPAIGN_TYPE = 'campaign';

/**
 * A lasting group of people: a session like any other, so that it has the same log, roles, invites, bans and sync. Its
 * participants are its members: a co-GM has the role `gm`. Members may join the sessions that belong to it.
 */
export const campaign = defineSession(CAMPAIGN_TYPE, {
  version: 1,
  initial: () => ({ description: '', archived: false }),
  listing: (state) => ({ archived: state.archived }),
  policies: { access: 'invite', audience: [], cleanup: NO_CLEANUP },
  limits: { maxParticipants: 1_000 },
  commands: (command) => ({
    /** What the campaign is about, at most 2,000 characters. */
    describe: command(
      schemaOf(
        'text',
        (value): value is string => typeof value === 'string' && value.length <= DESCRIPTION_MOST,
        `at most ${DESCRIPTION_MOST} characters`,
      ),
      (state, { text }) => void (state.description = text),
      { roles: ['gm'] },
    ),
    /** Puts the campaign away, or takes it out again. No session can be created in an archived one. */
    archive: command(
      schemaOf('archived', (value): value is boolean => typeof value === 'boolean', 'true or false'),
      (state, { archived }) => void (state.archived = archived),
      { roles: ['gm'] },
    ),
  }),
});

/** A schema of one member, written out because nothing may be imported here. */
function schemaOf<const Key extends string, Value extends string | boolean>(
  key: Key,
  fits: (value: unknown) => value is Value,
  form: string,
) {
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'holdfast',
      // Says the types, and is never there: as the standard has it.
      types: undefined as { readonly input: { [K in Key]: Value }; readonly output: { [K in Key]: Value } } | undefined,
      validate(value: unknown): { readonly value: { [K in Key]: Value } } | { readonly issues: readonly { readonly message: string }[] } {
        const found: unknown = Object(value)[key];
        return fits(found) ? { value: { [key]: found } as { [K in Key]: Value } } : { issues: [{ message: `${key}: ${form} needed` }] };
      },
    },
  };
}
