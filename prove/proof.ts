/**
 * One promise put to the test: work in numbered units, each determined by seed and number, so that any piece can be done
 * alone and again. A file `prove/proofs/<name>.ts` exports one as `proof`.
 */
export type Proof = {
  /** As on the command line and as the file: `kill`. */
  readonly name: string;
  /** For people: `kill -9 under load`. */
  readonly title: string;
  /** One plain sentence: what would be disproved. */
  readonly claim: string;
  /** What is counted, in the singular: `round`. */
  readonly unit: string;
  /** Units of the short form, which runs with every change. */
  readonly short: number;
  /** Units of the published run. */
  readonly long: number;
  /** Units of one piece: 5 to 30 s of work. */
  readonly pieceUnits: number;
  /** A piece that takes longer hangs, which is a finding. */
  readonly pieceLimitMs: number;
  /** True where nothing else may run beside it, because it loads the machine. */
  readonly alone?: boolean;
  /** Keys of counts that may not be 0 in the whole run: fault kinds, crash points. */
  readonly mustOccur?: readonly string[];
  /** Undefined where everything is there; else one line: what is missing, and the exact command that gets it. */
  readonly needs?: () => Promise<string | undefined>;
  run(piece: Piece): Promise<PieceResult>;
};

/** Units `from` to `from + count - 1`, done in a process of their own. */
export type Piece = {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** Empty, for this piece alone; removed afterwards. */
  readonly directory: string;
  /** Says that so many more units are done. */
  done(units: number): void;
};

export type PieceResult = {
  /** What happened how often; summed over all pieces. */
  readonly counts: Readonly<Record<string, number>>;
  /** The most of something (memory, latency, ...); the highest of all pieces. */
  readonly highest?: Readonly<Record<string, number>>;
  /** Empty: the claim held. */
  readonly wrong: readonly Wrong[];
};

export type Wrong = {
  readonly unit: number;
  readonly what: string;
  /** The exact command that shows it again. */
  readonly repeat: string;
};
