import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './options.ts';
import type { Proof } from './proof.ts';

/** A file of proofs, and what it exports or why it cannot be loaded. */
export type Found = { readonly name: string; readonly file: string } & ({ readonly proof: Proof } | { readonly broken: string });

/** The proofs of a folder, those of the names or all; in the order of their names. */
export async function findProofs(folder: string, names: readonly string[]): Promise<Found[]> {
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /^[a-z0-9-]+\.ts$/.test(file))
        .sort()
    : [];
  const all = files.map((file) => basename(file, '.ts'));
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new UsageError(`There is no proof named ${unknown.join(', ')}. Proofs: ${all.join(', ')}.`);
  if (all.length === 0) throw new UsageError(`There are no proofs in ${folder}.`);
  const chosen = all.filter((name) => names.length === 0 || names.includes(name));
  return Promise.all(chosen.map((name) => load(name, resolve(folder, `${name}.ts`))));
}

async function load(name: string, file: string): Promise<Found> {
  try {
    return { name, file, proof: checked(name, await loadProof(file)) };
  } catch (error) {
    return { name, file, broken: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** What the file exports as `proof`. */
export async function loadProof(file: string): Promise<Proof> {
  const { proof } = (await import(pathToFileURL(file).href)) as { proof?: Proof };
  if (proof === undefined) throw new Error(`${file} exports nothing named proof.`);
  return proof;
}

function checked(name: string, proof: Proof): Proof {
  if (proof.name !== name) throw new Error(`The proof in ${join('proofs', `${name}.ts`)} calls itself ${proof.name}.`);
  for (const key of ['short', 'long', 'pieceUnits', 'pieceLimitMs'] as const)
    if (!Number.isSafeInteger(proof[key]) || proof[key] < 1)
      throw new Error(`${key} of the proof ${name} is not a whole number from 1 on.`);
  return proof;
}
