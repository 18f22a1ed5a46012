/** Runs `count` calls, `width` of them under way at any time, each in a lane of its own. */
export async function underWay(
  width: number,
  count: number,
  call: (lane: number, number: number) => Promise<void>,
): Promise<void> {
  let started = 0
  const lanes = Array.from({ length: width }, async (_, lane) => {
    while (started < count) await call(lane, started++)
  })
  await Promise.all(lanes)
}
