/** Cuts received bytes into the frames that carry them, none longer than `size` (field note 3.5). */
export function cutFrames(data: Buffer, size: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let offset = 0; offset < data.length; offset += size) frames.push(data.subarray(offset, offset + size));
  return frames;
}
