/** One or two letters of a name, whole characters in any script: `Ada Byron` gives `AB`, `مريم` gives `م`. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = letterOf(words[0]);
  const last = words.length > 1 ? letterOf(words.at(-1)) : '';
  return (first + last).toLocaleUpperCase() || '?';
}

function letterOf(word: string | undefined): string {
  const [segment] = new Intl.Segmenter().segment(word ?? '');
  return segment?.segment ?? '';
}
