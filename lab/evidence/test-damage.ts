/** For tests: a file cut, with bytes changed, with pieces doubled or left out; the same ones each time. */
export function* damaged(bytes: Buffer, times: number): Generator<Buffer> {
  let state = 0x2545f491;
  const below = (limit: number): number => {
    // xorshift32 (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  for (let index = 0; index < times; index++) {
    let copy = Buffer.from(bytes);
    for (let flips = below(40); flips > 0; flips--) copy[below(copy.length)] = below(256);
    if (index % 2 === 0) copy = copy.subarray(0, below(copy.length));
    if (index % 3 === 0) {
      const [from, to] = [below(copy.length + 1), below(copy.length + 1)].sort((a, b) => a - b);
      copy = Buffer.concat([copy.subarray(0, to), copy.subarray(from)]);
    }
    yield copy;
  }
}
