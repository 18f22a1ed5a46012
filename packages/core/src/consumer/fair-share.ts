/** How many of so many partitions an instance should have: those that come first by name have one more. */
export function fairShare(partitions: number, instances: readonly string[], instance: string): number {
  const rank = [...instances].sort().indexOf(instance)
  const share = Math.floor(partitions / instances.length)
  return rank < partitions % instances.length ? share + 1 : share
}
