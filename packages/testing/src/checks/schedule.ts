/** What goes wrong: the process ends, it stands still until another has done everything, or the call fails. */
export type Fault = 'crash' | 'pause' | 'fail'

/** A call, and what happens to it. */
export interface FaultPoint {
  readonly fault: Fault
  /** Whether the call has had its effect by then. */
  readonly when: 'before' | 'after'
  readonly call: string
  /** The first is 1. */
  readonly nth: number
}

/** One way to run a consumer. */
export interface Schedule {
  /** `'repeat'`: everything is delivered once more at the end. */
  readonly point: FaultPoint | 'repeat' | undefined
  readonly batchSize: number
  readonly partitions: number
}

/** A line that {@link parseSchedule} reads. */
export function scheduleText({ point, batchSize, partitions }: Schedule): string {
  return `${pointText(point)}, batches of ${batchSize}, ${partitions} partition${partitions === 1 ? '' : 's'}`
}

function pointText(point: Schedule['point']): string {
  if (point === undefined) return 'no fault'
  if (point === 'repeat') return 'repeat everything'
  return `${point.fault} ${point.when} ${point.call} ${point.nth}`
}

const form =
  /^(?:(no fault)|(repeat everything)|(crash|pause|fail) (before|after) (\S+) (\d+)), batches of (\d+), (\d+) partitions?$/

/** @throws TypeError it is not the text of a schedule */
export function parseSchedule(text: string): Schedule {
  const match = form.exec(text)
  if (match === null) {
    throw new TypeError(`"${text}" is no schedule. Copy the line that a failed check has printed.`)
  }
  const [, none, repeat, fault, when, call, nth, batchSize, partitions] = match
  const point =
    none !== undefined
      ? undefined
      : repeat !== undefined
        ? ('repeat' as const)
        : { fault: fault as Fault, when: when as FaultPoint['when'], call: call as string, nth: Number(nth) }
  return { point, batchSize: Number(batchSize), partitions: Number(partitions) }
}
