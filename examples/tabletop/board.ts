/** What a token shows: its carving on the board. */
export const KINDS = ['figure', 'boat', 'beast', 'lantern', 'chest', 'rock'] as const;
export type Kind = (typeof KINDS)[number];

/** The board's size in its own units; a square of the chart is 50 wide. */
export const BOARD = { width: 1000, height: 700, square: 50 } as const;

/** A thing on the board, at its centre. `by` is the participant who put it there, '' where it came with the scene. */
export type Token = { name: string; kind: Kind; x: number; y: number; by: string };

/** What a new table can start with: `create('tabletop', { options: { scene: 'harbour' } })`. */
export const HARBOUR: Readonly<Record<string, Token>> = {
  marlin: { name: 'The Marlin', kind: 'boat', x: 325, y: 425, by: '' },
  pilot: { name: 'Pilot', kind: 'figure', x: 225, y: 225, by: '' },
  lamp: { name: 'Lamp', kind: 'lantern', x: 775, y: 175, by: '' },
  reef: { name: 'Reef', kind: 'rock', x: 575, y: 525, by: '' },
  serpent: { name: 'Serpent', kind: 'beast', x: 725, y: 475, by: '' },
};
