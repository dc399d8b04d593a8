import { describe, expect, it } from '@jest/globals';
import { inflateSync } from 'node:zlib';
import { seededRandom } from '../../../sandbox/random.ts';
import { code128 } from '../../../sandbox/ups/label/code128.ts';
import { gif, png, type Bitmap } from '../../../sandbox/ups/label/image.ts';

/** The dots of a one-frame GIF of two colors, by the format's own decoding rules. */
function readGif(file: Buffer): number[] {
  const data: number[] = [];
  // Header 6, screen 7, two colors 6, image descriptor 10, code size 1.
  for (let at = 30; file[at] !== 0; at += file[at]! + 1)
    data.push(...file.subarray(at + 1, at + 1 + file[at]!));
  const dots: number[] = [];
  let table: number[][] = [];
  let width = 3;
  let previous: number[] | null = null;
  const clear = () => {
    table = [[0], [1], [0], [0], [], []];
    width = 3;
    previous = null;
  };
  clear();
  for (let bit = 0; ;) {
    let code = 0;
    for (let index = 0; index < width; index += 1, bit += 1)
      code |= ((data[bit >> 3]! >> (bit & 7)) & 1) << index;
    if (code === 5) return dots;
    if (code === 4) {
      clear();
      continue;
    }
    const entry: number[] = table[code] ?? [...previous!, previous![0]!];
    dots.push(...entry);
    if (previous !== null && table.length < 4096) table.push([...previous, entry[0]!]);
    if (table.length === 1 << width && width < 12) width += 1;
    previous = entry;
  }
}

function readPng(file: Buffer, { width, height }: Bitmap): number[] {
  const rows = inflateSync(file.subarray(41, 41 + file.readUInt32BE(33)));
  const stride = Math.ceil(width / 8) + 1;
  const dark = (x: number, y: number) => 1 - ((rows[y * stride + 1 + (x >> 3)]! >> (7 - (x & 7))) & 1);
  return Array.from({ length: width * height }, (_, place) => dark(place % width, Math.floor(place / width)));
}

function bitmapOf(width: number, height: number, dot: (place: number) => number): Bitmap {
  return { width, height, dots: Uint8Array.from({ length: width * height }, (_, place) => dot(place)) };
}

describe('label images', () => {
  const random = seededRandom(5);
  it.each([
    ['plain', bitmapOf(64, 20, () => 0)],
    ['striped', bitmapOf(288, 120, (place) => (place % 7 < 3 ? 1 : 0))],
    // Enough disorder to fill the code table and begin it anew.
    ['noisy', bitmapOf(300, 250, () => (random() < 0.5 ? 1 : 0))],
  ])('decode to what was drawn: %s', (_what, bitmap) => {
    const drawn = [...bitmap.dots];
    expect(readGif(gif(bitmap))).toEqual(drawn);
    expect(readPng(png(bitmap), bitmap)).toEqual(drawn);
  });

  it('carry a Code 128 with its check character', () => {
    // "PJJ123C" in set B: start 104, check (104 + Σ value · place) mod 103 = 55, stop.
    const widths = code128('PJJ123C').join('');
    expect(widths.slice(0, 6)).toBe('211214');
    expect(widths.slice(-13)).toBe('3113212331112');
    expect(widths).toHaveLength(6 * 9 + 7);
  });
});
