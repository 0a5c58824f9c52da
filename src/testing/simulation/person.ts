/** Someone with devices. `name` is the participant's id as well; the first GM creates the sessions. */
export type Person = {
  readonly name: string;
  readonly role: 'gm' | 'player' | 'spectator';
  readonly transport: 'websocket' | 'sse';
};
