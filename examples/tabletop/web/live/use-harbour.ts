import { useCallback, useEffect, useRef, useState } from 'react';
import { explain, Harbour } from './harbour.ts';
import { rememberedIdentity, takeName } from './identity.ts';
import { suggestName } from './suggestions.ts';

/** Who this tab is, or is about to be. */
export type Crossing = {
  harbour: Harbour | undefined;
  /** A name has been asked for and is not granted yet. */
  underWay: boolean;
  failure: string | undefined;
  /** Becomes the person of that name; without one, whoever was here last, or somebody with a name to be changed. */
  become: (name?: string) => Promise<Harbour>;
  /** The person of the name asked for last, once granted. */
  arrived: () => Promise<Harbour>;
};

/** The way to the server of this tab's person. */
export function useHarbour(): Crossing {
  const [harbour, setHarbour] = useState<Harbour>();
  const [underWay, setUnderWay] = useState(true);
  const [failure, setFailure] = useState<string>();
  const latest = useRef<Promise<Harbour>>(undefined);

  const become = useCallback((name?: string): Promise<Harbour> => {
    setFailure(undefined);
    setUnderWay(true);
    const crossing = cross(name);
    latest.current = crossing;
    crossing
      .then(setHarbour, (error: unknown) => setFailure(explain(error)))
      .finally(() => setUnderWay(latest.current !== crossing))
      .catch(() => undefined);
    return crossing;
  }, []);
  const arrived = useCallback(() => latest.current ?? become(), [become]);

  useEffect(() => {
    become().catch(() => undefined);
  }, [become]);
  useEffect(() => () => harbour?.client.close(), [harbour]);
  return { harbour, underWay, failure, become, arrived };
}

async function cross(name: string | undefined): Promise<Harbour> {
  const known = name === undefined ? rememberedIdentity() : undefined;
  return new Harbour(known ?? (await takeName(name ?? suggestName())));
}
