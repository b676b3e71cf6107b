// Messages of Protocol Buffers and blocks of snappy by hand, for what no client would send.

export function varint(value) {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

const tag = (number, type) => varint((number << 3) | type);

export const numberField = (number, value) => Buffer.concat([tag(number, 0), varint(value)]);

export function doubleField(number, value) {
  const bits = Buffer.alloc(8);
  // The bits as they are: a NaN may say something.
  if (typeof value === 'bigint') bits.writeBigUInt64LE(value);
  else bits.writeDoubleLE(value);
  return Buffer.concat([tag(number, 1), bits]);
}

export function bytesField(number, ...parts) {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([tag(number, 2), varint(bytes.length), bytes]);
}

/** A block of snappy that holds the bytes as they are and says that they are `claimed` long. */
export function snappyBlock(bytes, claimed = bytes.length) {
  const parts = [varint(claimed)];
  for (let at = 0; at < bytes.length; at += 65536) {
    const piece = bytes.subarray(at, at + 65536);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(piece.length - 1);
    parts.push(Buffer.from([61 << 2]), length, piece);
  }
  return Buffer.concat(parts);
}

/** A series of remote write 1.0: labels as an object, samples as [value, milliseconds] pairs. */
export function seriesOf(labels, samples) {
  return bytesField(
    1,
    ...Object.entries(labels).map(([name, value]) =>
      bytesField(1, bytesField(1, name), bytesField(2, value)),
    ),
    ...samples.map(([value, at]) => bytesField(2, doubleField(1, value), numberField(2, at))),
  );
}

/** A request of remote write 2.0 with the same series: [[labels, samples], …]. */
export function requestOfVersion2(all, { createdTimestamp } = {}) {
  const symbols = [''];
  const place = (text) => {
    if (!symbols.includes(text)) symbols.push(text);
    return symbols.indexOf(text);
  };
  const series = all.map(([labels, samples]) =>
    bytesField(
      5,
      bytesField(1, ...Object.entries(labels).flat().map((text) => varint(place(text)))),
      ...samples.map(([value, at]) => bytesField(2, doubleField(1, value), numberField(2, at))),
      createdTimestamp === undefined ? '' : numberField(6, createdTimestamp),
    ),
  );
  return Buffer.concat([...symbols.map((text) => bytesField(4, text)), ...series]);
}

/** What a block of snappy holds. */
export function unsnappy(block) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = block[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const out = Buffer.alloc(number());
  let end = 0;
  const little = (bytes) => {
    const value = block.readUIntLE(at, bytes);
    at += bytes;
    return value;
  };
  while (at < block.length) {
    const kind = block[at] & 3;
    const upper = block[at++] >> 2;
    if (kind === 0) {
      const length = (upper < 60 ? upper : little(upper - 59)) + 1;
      end += block.copy(out, end, at, at + length);
      at += length;
      continue;
    }
    const length = kind === 1 ? (upper & 7) + 4 : upper + 1;
    const back = kind === 1 ? ((upper >> 3) << 8) | block[at++] : little(kind === 2 ? 2 : 4);
    // One by one: what is copied may be what this copy has just written.
    for (let i = 0; i < length; ++i, ++end) out[end] = out[end - back];
  }
  return out;
}

function* fieldsOf(message) {
  let at = 0;
  const number = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = Number(number());
    if ((key & 7) === 0) yield [key >> 3, number()];
    else if ((key & 7) === 1) yield [key >> 3, message.readDoubleLE((at += 8) - 8)];
    else {
      const length = Number(number());
      yield [key >> 3, message.subarray(at, (at += length))];
    }
  }
}

/** The series of a request of remote write 1.0: [{labels, samples: [[value, milliseconds], …]}, …]. */
export function seriesIn(block) {
  return [...fieldsOf(unsnappy(block))].map(([, series]) => {
    const found = { labels: {}, samples: [] };
    for (const [number, part] of fieldsOf(series)) {
      const fields = [...fieldsOf(part)].map(([, value]) => value);
      if (number === 1) found.labels[String(fields[0])] = String(fields[1]);
      else found.samples.push([fields[0], Number(fields[1])]);
    }
    return found;
  });
}
