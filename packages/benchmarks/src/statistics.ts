/** The value below which the given part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export interface Ratio {
  readonly median: number
  readonly lowerQuartile: number
  readonly upperQuartile: number
}

/**
 * How many times as fast `subject` is as `base`, from speeds of the same rounds. Both ran in each round, so what
 * slows the machine for a while slows both; the median of the rounds' ratios is steadier than a ratio of medians.
 */
export function ratioOf(subject: readonly number[], base: readonly number[]): Ratio {
  const ratios = subject.map((speed, round) => speed / (base[round] ?? Number.NaN))
  return {
    median: median(ratios),
    lowerQuartile: quantile(ratios, 0.25),
    upperQuartile: quantile(ratios, 0.75),
  }
}
