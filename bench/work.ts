import type { Side, System, SystemOptions } from './system.ts';

export type Measures = Record<string, number>;

/** What one run of one work on one side found, and what makes it doubtful. */
export type Finding = {
  readonly measures: Measures;
  readonly warnings: readonly string[];
  readonly generatorBusy?: number;
  readonly generatorLagP99Ms?: number;
};

export type Metric = {
  readonly name: string;
  readonly label: string;
  readonly digits: number;
  /** `least` where less is better. */
  readonly wanted: 'least' | 'most';
  /** Bound on our own figure, where the target names one. */
  readonly target?: number;
  /** Bound on our figure divided by the floor's of the same run. */
  readonly ratioTarget?: number;
};

/** What a work may choose of the server that it starts. */
export type StartOptions = Partial<Pick<SystemOptions, 'keepData' | 'port' | 'budgets'>>;

export type WorkContext = {
  readonly side: Side;
  /** About a third of the usual length. */
  readonly short: boolean;
  /** Starts a server of this side, by default on an empty directory. */
  start(options?: StartOptions): Promise<System>;
};

export type Work = {
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** Connections that it holds at once, where they are more than machines allow unasked. */
  readonly connections?: number;
  run(context: WorkContext): Promise<Finding>;
};
