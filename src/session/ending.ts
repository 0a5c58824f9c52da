import type { BuiltInCommand } from './built-in.ts';

/** `@end`: for good. Its argument is the reason, or null. */
export const endSession: BuiltInCommand = {
  right: 'end',
  plan: ({ actor, args, definition: _definition }) => ({
    change: (meta) => {
      meta['status'] = 'ended';
      meta['endedBy'] = actor.id;
      if (args !== null) meta['reason'] = args;
    },
  }),
};
