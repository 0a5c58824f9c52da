import type { Command, types } from './command.ts';

type TypesOf<D> = D extends { readonly [types]?: infer Types } ? NonNullable<Types> : never;
type Pick1<D, Kind extends string> = TypesOf<D> extends { readonly [Key in Kind]: infer Value } ? Value : never;

/** Flattens an intersection for readers of error messages. */
type Flat<Type> = Type extends unknown ? { [Key in keyof Type]: Type[Key] } : never;

/** The whole state, as handlers and the host see it. */
export type StateOf<D> = Flat<Pick1<D, 'state'>>;

/** Payload of each message by name. */
export type MessagesOf<D> = Flat<Pick1<D, 'messages'>>;

/** What a session can be created with. */
export type OptionsOf<D> = Pick1<D, 'options'>;

type VisibilityIn<D> = Pick1<D, 'visibility'>;

/** Keys that not everyone sees. */
type HiddenKey<D> = {
  [Key in keyof StateOf<D>]: Key extends keyof VisibilityIn<D> ? (VisibilityIn<D>[Key] extends 'all' | 'self' ? never : Key) : never;
}[keyof StateOf<D>];

/** The state as a participant may see it: keys that some role may not see are possibly absent. */
export type ViewOf<D> = Flat<
  { [Key in Exclude<keyof StateOf<D>, HiddenKey<D>>]: StateOf<D>[Key] } & { [Key in HiddenKey<D>]?: StateOf<D>[Key] }
>;

/** Every table of commands: the common one, those of the parts and of the modes. */
type Tables<D> = Pick1<D, 'commands'> | Pick1<D, 'modes'>[keyof Pick1<D, 'modes'>];
type NamesIn<Table> = Table extends unknown ? keyof Table & string : never;
type Named<Table, Name extends string> = Table extends { readonly [Key in Name]: infer One } ? One : never;

type InputOf<One> = One extends Command<infer _State, infer Input, infer _Result, infer _Messages, infer _Role> ? Input : never;
type ResultOf<One> = One extends Command<infer _State, infer _Input, infer Result, infer _Messages, infer _Role> ? Result : never;
type Call<Input, Result> = {} extends Input ? (args?: Input) => Promise<Result> : (args: Input) => Promise<Result>;

/**
 * What a client calls: each command by name, with the schema's input as argument and the handler's result. Arguments may
 * be left out where `{}` fits, and are then sent as `{}`. A name that two modes share takes and gives either's types.
 */
export type CommandsOf<D> = {
  readonly [Name in NamesIn<Tables<D>>]: Call<InputOf<Named<Tables<D>, Name>>, ResultOf<Named<Tables<D>, Name>>>;
};
