/** Glyphs of 5 by 7 dots: seven rows of five bits each, in base 32. */
const glyphs: Record<string, string> = {
  '0': 'ehjlphe',
  '1': '4c4444e',
  '2': 'eh1248v',
  '3': 'v2421he',
  '4': '26aiv22',
  '5': 'vgu11he',
  '6': '68guhhe',
  '7': 'v124888',
  '8': 'ehhehhe',
  '9': 'ehhf12c',
  A: 'ehhvhhh',
  B: 'uhhuhhu',
  C: 'ehggghe',
  D: 'sihhhis',
  E: 'vgguggv',
  F: 'vgguggg',
  G: 'ehgnhhf',
  H: 'hhhvhhh',
  I: 'e44444e',
  J: '72222ic',
  K: 'hikokih',
  L: 'ggggggv',
  M: 'hrllhhh',
  N: 'hhpljhh',
  O: 'ehhhhhe',
  P: 'uhhuggg',
  Q: 'ehhhlid',
  R: 'uhhukih',
  S: 'fgge11u',
  T: 'v444444',
  U: 'hhhhhhe',
  V: 'hhhhha4',
  W: 'hhhllla',
  X: 'hha4ahh',
  Y: 'hhha444',
  Z: 'v1248gv',
  '-': '000v000',
  '.': '00000cc',
};

/** Columns 0 to 4 and rows 0 to 6 of a character; what has no glyph is blank. */
export function dots(character: string): [column: number, row: number][] {
  const plain = character.normalize('NFD').charAt(0).toUpperCase();
  const found: [number, number][] = [];
  for (const [row, digit] of [...(glyphs[plain] ?? '')].entries())
    for (let column = 0; column < 5; column += 1)
      if ((parseInt(digit, 32) >> (4 - column)) & 1) found.push([column, row]);
  return found;
}
