import { FaultProxy, type Direction, type Faults, type ProxiedConnection } from 'holdfast/testing';

/** One TCP connection, or one wire in memory. */
export type LineConnection = Pick<ProxiedConnection, 'closed' | 'passed' | 'change' | 'cut' | 'reset'>;

/** One client's network, as a test breaks it. Over SSE that is several connections at a time. */
export interface Line {
  /** While true, nothing new comes through. */
  refusing: boolean;
  /** How many connections there ever were. */
  readonly total: number;
  /** Where clients connect; none in memory. */
  readonly port?: number;
  /** Those open now, in order of arrival. */
  readonly connections: readonly LineConnection[];
  nextConnection(): Promise<LineConnection>;
  /** For all connections, those to come included. */
  change(faults: Partial<Faults>, direction?: Direction): void;
  cut(): void;
  reset(): void;
  stop(): Promise<void>;
}

/** A line to a real port. `port` is asked for each new connection. */
export function tcpLine(port: () => number, seed: number | undefined): Promise<FaultProxy> {
  return FaultProxy.start({
    get port() {
      return port();
    },
    seed,
  });
}

/** Calls `met` with each connection that is begun from now on, and its number: 0, 1, 2, ... */
export function meetConnections(line: Line, met: (connection: LineConnection, number: number) => void, number = 0): void {
  void line.nextConnection().then((connection) => {
    met(connection, number);
    meetConnections(line, met, number + 1);
  });
}

/** Bytes, or characters, that the open connections have passed on. */
export function passedBy({ connections }: Line, direction: Direction): number {
  return connections.reduce((sum, connection) => sum + connection.passed(direction), 0);
}
