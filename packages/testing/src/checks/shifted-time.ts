/** Runs something synchronous as if the clock showed another time. */
export function withShiftedTime<Result>(milliseconds: number, work: () => Result): Result {
  const RealDate = globalThis.Date
  const now = () => RealDate.now() + milliseconds
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, newTarget) => {
      return Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object
    },
    apply: () => new RealDate(now()).toString(),
    get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
  })
  try {
    return work()
  } finally {
    globalThis.Date = RealDate
  }
}
