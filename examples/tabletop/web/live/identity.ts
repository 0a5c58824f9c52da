/** Who one is: `participant` is the same in every browser that holds a token of it. */
export type Identity = { name: string; token: string; participant: string };

const CREW = 'holdfast.crew';
const HERE = 'holdfast.here';
const CREW_SIZE = 12;

/**
 * Who this tab is. A tab keeps its own person, so that two tabs can be two players; a new tab begins as the person last
 * used in this browser; a name used here before is the same person again, with everything that is theirs.
 */
export function rememberedIdentity(): Identity | undefined {
  return readIdentity(sessionStorage.getItem(HERE)) ?? crew()[0];
}

/** Becomes the person of that name in this tab. Throws what the server answers when it gives no token. */
export async function takeName(name: string): Promise<Identity> {
  const known = crew().find((person) => person.name === name);
  return remember(known ?? (await askForToken(name)));
}

/** The token was refused: ask for another of the same name. */
export async function renewIdentity(identity: Identity): Promise<Identity> {
  return remember(await askForToken(identity.name));
}

function remember(identity: Identity): Identity {
  const others = crew().filter((person) => person.name !== identity.name);
  sessionStorage.setItem(HERE, JSON.stringify(identity));
  localStorage.setItem(CREW, JSON.stringify([identity, ...others].slice(0, CREW_SIZE)));
  return identity;
}

async function askForToken(name: string): Promise<Identity> {
  const answer = await fetch('/v1/dev/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!answer.ok) throw new Error('The server gives no names out; it may not be running in dev mode.');
  const { token, participant } = (await answer.json()) as { token: string; participant: { id: string } };
  return { name, token, participant: participant.id };
}

function crew(): Identity[] {
  const stored: unknown = parse(localStorage.getItem(CREW));
  return Array.isArray(stored) ? stored.filter(isIdentity) : [];
}

export function readIdentity(text: string | null): Identity | undefined {
  const stored = parse(text);
  return isIdentity(stored) ? stored : undefined;
}

export function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== 'object' || value === null) return false;
  return ['name', 'token', 'participant'].every((key) => key in value && typeof value[key as keyof typeof value] === 'string');
}
