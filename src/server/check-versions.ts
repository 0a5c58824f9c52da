import { pathFault } from '../definition/migrations.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from './logger-adapter.ts';
import { ServerOptionsError } from './server-options.ts';

/**
 * Compares the definitions with what is stored. Stored sessions that no migration leads to the definition's version are a
 * fault of the definition: throws `ServerOptionsError`. Those that a newer version stored are told of and stay as they are, so
 * that a server can be taken back to earlier code for all the others.
 */
export async function checkVersions(
  store: Pick<Store, 'versions'>,
  definitions: readonly SessionDefinition[],
  logger: Pick<Logger, 'error'>,
): Promise<void> {
  const faults: string[] = [];
  for (const { type, version, sessions } of await store.versions()) {
    const definition = definitions.find(({ name }) => name === type);
    const fault = definition && pathFault(definition, version);
    if (definition === undefined || fault === undefined) continue;
    const many = sessions === 1 ? '1 session is' : `${sessions} sessions are`;
    const told = `${type}: ${many} stored by version ${version} and this is version ${definition.version}: ${fault}.`;
    if (version > definition.version) logger.error({ type, version, sessions, here: definition.version }, `${told} They are not served.`);
    else faults.push(told);
  }
  if (faults.length > 0) throw new ServerOptionsError(faults);
}
