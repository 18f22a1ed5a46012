import assert from 'node:assert/strict'

const pauseMilliseconds = 5

/** Looks at the condition again and again; fails after `patience` milliseconds. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patience: number,
): Promise<void> {
  const deadline = performance.now() + patience
  while (!(await condition())) {
    if (performance.now() > deadline) assert.fail(`${what}: not within ${patience} ms`)
    await pause(pauseMilliseconds)
  }
}

/** Gives way to whatever else is ready to run, for at least this long. */
export function pause(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Repeats `read` until `work` has ended. Rejects with what fails first, after both have ended. */
export async function readDuring<Result>(
  work: Promise<Result>,
  read: (round: number) => Promise<void>,
): Promise<Result> {
  let working = true
  const ended = work.finally(() => {
    working = false
  })
  const reading = (async () => {
    for (let round = 0; working; round++) {
      await read(round)
      await pause()
    }
  })()
  await Promise.allSettled([ended, reading])
  await reading
  return ended
}

/** Lets a case fail before it has heard of this outcome. */
export function unheard<Result>(call: Promise<Result>): Promise<Result> {
  call.catch(() => {})
  return call
}
