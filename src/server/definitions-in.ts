import { isSessionDefinition, type SessionDefinition } from '../definition/session-definition.ts';

/** Every definition among the exports of a module, each once. */
export function definitionsIn(exported: object): readonly SessionDefinition[] {
  return [...new Set(Object.values(exported).filter(isSessionDefinition))];
}
