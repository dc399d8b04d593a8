import { crc32, deflateSync } from 'node:zlib';

/** Black dots on white, one byte each. */
export interface Bitmap {
  width: number;
  height: number;
  dots: Uint8Array;
}

export const blank = (width: number, height: number): Bitmap => ({
  width,
  height,
  dots: new Uint8Array(width * height),
});

export function fill(bitmap: Bitmap, left: number, top: number, width: number, height: number): void {
  for (let y = top; y < top + height; y += 1)
    bitmap.dots.fill(1, y * bitmap.width + left, y * bitmap.width + left + width);
}

/** GIF 87a with two colors. */
export function gif({ width, height, dots }: Bitmap): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt16LE(width, 0);
  size.writeUInt16LE(height, 2);
  const data = lzw(dots);
  const blocks: Buffer[] = [];
  for (let start = 0; start < data.length; start += 255) {
    const block = data.subarray(start, start + 255);
    blocks.push(Buffer.from([block.length]), block);
  }
  return Buffer.concat([
    Buffer.from('GIF87a'),
    size,
    Buffer.from([0x80, 0, 0, 255, 255, 255, 0, 0, 0, 0x2c, 0, 0, 0, 0]),
    size,
    Buffer.from([0, 2]),
    ...blocks,
    Buffer.from([0, 0x3b]),
  ]);
}

/** GIF's LZW for codes that begin with two bits: 4 clears the table, 5 ends it. */
function lzw(dots: Uint8Array): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  let width = 3;
  // Codes by prefix and next dot; 0 is no code that a table entry can have.
  const table = new Uint16Array(4096 * 2);
  let next = 6;
  const write = (code: number) => {
    held |= code << bits;
    bits += width;
    for (; bits >= 8; bits -= 8, held >>>= 8) bytes.push(held & 255);
  };
  write(4);
  let prefix = dots[0]!;
  for (let index = 1; index < dots.length; index += 1) {
    const key = (prefix << 1) | dots[index]!;
    const known = table[key]!;
    if (known !== 0) {
      prefix = known;
      continue;
    }
    write(prefix);
    if (next === 4096) {
      write(4);
      table.fill(0);
      next = 6;
      width = 3;
    } else {
      table[key] = next;
      if (next === 1 << width) width += 1;
      next += 1;
    }
    prefix = dots[index]!;
  }
  write(prefix);
  write(5);
  if (bits > 0) bytes.push(held & 255);
  return Buffer.from(bytes);
}

/** PNG of one bit per dot. */
export function png({ width, height, dots }: Bitmap): Buffer {
  const stride = Math.ceil(width / 8) + 1;
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      if (dots[y * width + x] === 0) rows[y * stride + 1 + (x >> 3)]! |= 128 >> (x & 7);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
