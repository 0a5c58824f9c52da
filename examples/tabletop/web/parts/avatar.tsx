import { useHue } from './hues.ts';
import { initialsOf } from './initials.ts';

/** A person's disc: initials on their colour. The name stands beside it in text, so the disc itself is silent. */
export function Avatar({ id, name }: { id: string; name: string }) {
  return (
    <span className="avatar" style={{ '--hue': useHue(id) }} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
