/** Keys are spread over so many slices, and slices over partitions, so that partitions can be changed. */
export const sliceCount = 1024

/** FNV-1a over UTF-16 units: the same on every store, and for ever, since checkpoints depend on it. */
export function sliceOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  return (hash ^ (hash >>> 16)) & (sliceCount - 1)
}

/** Slices from `from` up to, and without, `to`. */
export interface SliceRange {
  readonly from: number
  readonly to: number
}

/** One of `parts` equal parts of all slices. */
export function partOfSlices(index: number, parts: number): SliceRange {
  return {
    from: Math.floor((index * sliceCount) / parts),
    to: Math.floor(((index + 1) * sliceCount) / parts),
  }
}

/** All slices in as many equal parts, in order. */
export function splitSlices(parts: number): readonly SliceRange[] {
  return Array.from({ length: parts }, (_, index) => partOfSlices(index, parts))
}
