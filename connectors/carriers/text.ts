import anyAscii from 'any-ascii';

/**
 * As Latin-1 text, which carriers' systems and a PDF's standard fonts can print: letters of other scripts are
 * romanized (東京 → "DongJing", Łódź → "Lodz"), control characters become blanks, blanks are collapsed.
 */
export function toLatin(text: string): string {
  const composed = text.normalize('NFC');
  const latin = Array.from(composed, (char) => (isLatin(char) ? char : anyAscii(char))).join('');
  return latin
    .replace(/[\p{Cc}\u00a0\u00ad]+/gu, ' ')
    .replace(/ +/g, ' ')
    .trim();
}

const isLatin = (char: string) => char.codePointAt(0)! <= 0xff;

/** At most `max` characters, cut at a blank where one is near the end. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const blank = text.lastIndexOf(' ', max);
  return text.slice(0, blank > max / 2 ? blank : max).trim();
}

/** Broken at blanks into lines of at most `max` characters; a word longer than a line is cut. */
export function wrap(text: string, max: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').flatMap((word) => pieces(word, max))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= max)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function pieces(word: string, max: number): string[] {
  const found = [];
  for (let at = 0; at < word.length; at += max) found.push(word.slice(at, at + max));
  return found;
}
