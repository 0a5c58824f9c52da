import type { Dice } from './dice.ts';
import { CRASH_POINTS, type CrashPoint, type FaultKind } from './history.ts';
import type { Step, Trouble } from './schedule.ts';
import type { CommandWish } from './workload.ts';

/** A step that follows when so many others were taken. */
type Due = { in: number; readonly steps: readonly Step[]; readonly frees?: Place };
/** Where one trouble at a time is enough: with more of what concerns everyone nothing could be live for long. */
type Place = 'everyone' | 'disk';

export type NemesisOptions = {
  readonly people: readonly string[];
  readonly sessions: number;
  /** How many servers there are, and versions of the definition. */
  readonly servers: number;
  readonly versions: number;
  /** Who may end a session, where ended ones are removed soon. */
  readonly remover: string | undefined;
  readonly dice: Dice;
  /** What somebody floods with. */
  readonly flood: () => CommandWish | undefined;
};

const PLACES: Readonly<Record<FaultKind, Place | undefined>> = {
  'crash': 'everyone',
  'restart': 'everyone',
  'deploy': 'everyone',
  'freeze': 'everyone',
  'two owners': 'everyone',
  'power cut': 'everyone',
  'unsynced loss': 'everyone',
  'append failed, written': 'disk',
  'append failed, lost': 'disk',
  'append unknown': 'everyone',
  'disk full': 'everyone',
  'disk slow': 'disk',
  'corrupt event': 'everyone',
  'log regression': 'everyone',
  'failed read': 'everyone',
  'delay': undefined,
  'stall': undefined,
  'cut': undefined,
  'half-open': undefined,
  'refuse': 'everyone',
  'duplicate': undefined,
  'reorder': undefined,
  'slow reader': undefined,
  'flood': undefined,
  'reload': undefined,
  'duplicated tab': undefined,
  'laptop sleep': undefined,
  'clock jump': undefined,
};

/** A server that is to end at some point has so many steps to get there. */
const ARMED = 30;

/** Chooses what goes wrong, and sees to it that it ends: a server that is down is started, a full disk gets room again. */
export class Nemesis {
  readonly #options: NemesisOptions;
  readonly #due: Due[] = [];
  readonly #taken = new Set<Place>();
  /** The server that is up, or that comes up next. */
  #up = 0;
  #version = 0;

  constructor(options: NemesisOptions) {
    this.#options = options;
  }

  /** What follows now of the troubles begun before. */
  follow(): readonly Step[] {
    for (const due of this.#due) due.in -= 1;
    const index = this.#due.findIndex((due) => due.in <= 0);
    const [due] = index < 0 ? [] : this.#due.splice(index, 1);
    if (due?.frees !== undefined) this.#taken.delete(due.frees);
    return due?.steps ?? [];
  }

  /** The steps that begin trouble of this kind; none where trouble enough is there already. */
  begin(fault: FaultKind): readonly Step[] {
    const place = PLACES[fault];
    if (place !== undefined && this.#taken.has(place)) return [];
    const steps = place === undefined ? this.#personal(fault) : place === 'everyone' ? this.#ofServer(fault) : this.#ofDisk(fault);
    if (place !== undefined && steps.length > 0) this.#taken.add(place);
    return steps;
  }

  #later(steps: readonly Step[], frees?: Place, longest = 12): void {
    this.#due.push({ in: 1 + this.#options.dice.below(longest), steps, ...(frees === undefined ? {} : { frees }) });
  }

  /** The same server, or another one, is there again a while after. */
  #startAgain(before: readonly Step[] = [], longest?: number): void {
    const { dice, servers } = this.#options;
    this.#up = dice.below(servers);
    this.#later([...before, { do: 'start', server: this.#up }], 'everyone', longest);
  }

  /** Mostly the next one comes when the last one is gone, which takes a while; at times both are there. */
  #drained(): readonly Step[] {
    return this.#options.dice.chance(70) ? [{ do: 'wait', ms: 12_000 }] : [];
  }

  #ofServer(fault: FaultKind): readonly Step[] {
    const { dice, sessions, versions } = this.#options;
    const [up, session] = [this.#up, dice.below(sessions)];
    const crash: Trouble = { do: 'crash', server: up };
    switch (fault) {
      case 'crash':
        if (dice.chance(75)) return this.#crashAt(dice.pick(CRASH_POINTS));
        this.#startAgain();
        return [crash];
      case 'restart':
        this.#startAgain(this.#drained());
        return [{ do: 'stop', server: up }];
      case 'deploy':
        if (this.#version + 1 >= versions) return [];
        this.#version += 1;
        this.#startAgain(this.#drained());
        return [{ do: 'deploy', version: this.#version }, dice.chance(50) ? crash : { do: 'stop', server: up }];
      case 'freeze':
        this.#later([{ do: 'thaw', server: up }], 'everyone');
        return [{ do: 'freeze', server: up }];
      case 'two owners':
        return this.#twoOwners();
      case 'append unknown':
        this.#startAgain([crash]);
        return [{ do: 'append', fate: 'unknown', times: 1 }];
      case 'corrupt event':
        this.#startAgain();
        return [{ do: 'corrupt', session, back: dice.below(12), part: dice.pick(['content', 'header', 'hash']) }, crash];
      case 'log regression':
        this.#startAgain();
        return [crash, { do: 'lose tail', session, count: 1 + dice.below(4) }];
      case 'failed read':
        this.#startAgain();
        return [crash, { do: 'fail reads', times: 1 + dice.below(3) }];
      case 'disk full':
        this.#later([{ do: 'disk full', on: false }], 'everyone');
        return [{ do: 'disk full', on: true }];
      case 'refuse':
        this.#later([{ do: 'refuse', on: false }], 'everyone');
        return [{ do: 'refuse', on: true }];
      default:
        this.#startAgain();
        return [{ do: 'power cut' }];
    }
  }

  /** Some points are reached only when something is done there: a stop, a start, a new version. */
  #crashAt(point: CrashPoint): readonly Step[] {
    const { dice, sessions } = this.#options;
    const up = this.#up;
    const armed: Trouble = { do: 'crash at', server: up, point };
    if (/claim|recovery|migrat/.test(point)) return this.#crashWaking(point, armed);
    if (point === 'while stopping') {
      this.#startAgain(this.#drained());
      return [armed, { do: 'stop', server: up }];
    }
    if (point === 'before remove' || point === 'removed') return this.#crashRemoving(armed);
    this.#startAgain(
      [
        { do: 'wait', ms: 3_000 },
        { do: 'crash', server: up },
      ],
      ARMED,
    );
    return point === 'in creation' || point === 'created' ? [armed, { do: 'create', definition: dice.below(sessions) }] : [armed];
  }

  /** Those who come back make it wake its sessions. */
  #crashWaking(point: CrashPoint, armed: Trouble): readonly Step[] {
    const { dice, servers, versions } = this.#options;
    const up = this.#up;
    const isMigrated = point.includes('migrat');
    if (isMigrated && this.#version + 1 >= versions) return [];
    if (isMigrated) this.#version += 1;
    this.#up = dice.below(servers);
    this.#later(
      [
        { do: 'crash', server: up },
        { do: 'start', server: this.#up },
      ],
      'everyone',
    );
    const deploy: readonly Step[] = isMigrated ? [{ do: 'deploy', version: this.#version }] : [];
    return [{ do: 'crash', server: up }, ...deploy, armed, { do: 'start', server: up }, { do: 'wait', ms: 8_000 }];
  }

  #crashRemoving(armed: Trouble): readonly Step[] {
    const { remover: who } = this.#options;
    if (who === undefined || !this.#options.dice.chance(80)) return [];
    this.#startAgain();
    const pauses = [1, 2, 3].map(() => ({ do: 'wait', ms: 60_000 }) as const);
    return [{ do: 'manage', who, act: 'end', args: {} }, { do: 'wait', ms: 2_000 }, armed, ...pauses];
  }

  /** One stands still, another takes over, and then the first goes on as if nothing had been. */
  #twoOwners(): readonly Step[] {
    const { dice, servers } = this.#options;
    const up = this.#up;
    if (servers < 2) return [];
    this.#up = (up + 1 + dice.below(servers - 1)) % servers;
    const thaw = 1 + dice.below(10);
    this.#due.push({ in: thaw, steps: [{ do: 'thaw', server: up }] });
    this.#due.push({ in: thaw + 1 + dice.below(6), steps: [{ do: dice.chance(50) ? 'crash' : 'stop', server: up }], frees: 'everyone' });
    return [
      { do: 'freeze', server: up },
      { do: 'start', server: this.#up },
    ];
  }

  #ofDisk(fault: FaultKind): readonly Step[] {
    const { dice } = this.#options;
    switch (fault) {
      case 'append failed, written':
      case 'append failed, lost':
        this.#later([], 'disk');
        return [{ do: 'append', fate: fault === 'append failed, lost' ? 'lost' : 'written', times: dice.pick([1, 1, 2, 5]) }];
      default:
        this.#later([{ do: 'disk slow', ms: 0 }], 'disk');
        return [{ do: 'disk slow', ms: dice.pick([3, 40, 400, 3_000]) }];
    }
  }

  #personal(fault: FaultKind): readonly Step[] {
    const { dice, people, flood } = this.#options;
    const who = dice.pick(people);
    switch (fault) {
      case 'delay': {
        const minMs = dice.pick([0, 10, 200]);
        this.#later([{ do: 'delay', who, minMs: 0, maxMs: 0 }], undefined, 20);
        return [{ do: 'delay', who, minMs, maxMs: minMs + dice.pick([0, 30, 800, 4_000]) }];
      }
      case 'stall':
        return [{ do: 'stall', who, ms: dice.pick([50, 1_000, 8_000, 30_000]), towards: dice.pick(['client', 'server', 'both']) }];
      case 'cut':
      case 'half-open':
      case 'reload':
        return [{ do: fault, who }];
      case 'duplicated tab':
        return [{ do: 'duplicate tab', who }];
      case 'duplicate':
      case 'reorder':
        return [{ do: fault, who, times: dice.pick([1, 2, 5]) }];
      case 'slow reader':
        this.#later([{ do: 'slow reader', who, bytesPerSecond: 0 }], undefined, 20);
        return [{ do: 'slow reader', who, bytesPerSecond: dice.pick([50, 1_000, 20_000]) }];
      case 'flood': {
        const wish = flood();
        return wish === undefined ? [] : [{ do: 'flood', who, times: dice.pick([20, 60, 150]), ...wish }];
      }
      case 'laptop sleep':
        return [{ do: 'sleep', who, ms: dice.pick([2_000, 20_000, 60_000, 600_000]) }];
      default:
        return [
          {
            do: 'clock jump',
            ms: dice.pick([-86_400_000, -60_000, -50, 50, 60_000, 86_400_000]),
            whose: dice.pick(['servers', 'clients']),
          },
        ];
    }
  }
}
