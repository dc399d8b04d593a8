/** Shops keep a name in two parts: the last word is the family name, as they themselves put the parts together. */
export function nameParts(name: string): { first: string; last: string } {
  const words = name.trim().split(/\s+/);
  return { first: words.slice(0, -1).join(' '), last: words.at(-1) ?? '' };
}
