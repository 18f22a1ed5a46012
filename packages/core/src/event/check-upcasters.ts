import { InvalidInputError } from '../errors.ts'
import type { UpcastStep, UpcastSteps } from './define-upcasters.ts'
import { checkName } from './text-rules.ts'

/** The versions of other types that a step leads to. Empty for a step within its type, and for one that drops. */
export function targetsOf(step: UpcastStep): readonly (readonly [type: string, version: number])[] {
  if (typeof step === 'function' || step === 'drop') return []
  return 'into' in step ? Object.entries(step.into) : [[step.as, step.version ?? 1]]
}

/** Whether the type ends with this step. */
export function isEnd(step: UpcastStep): boolean {
  return typeof step !== 'function'
}

/** The version that events of a type are of today; undefined where the type has ended. */
export function currentVersion(steps: UpcastSteps, type: string): number | undefined {
  const list = Object.hasOwn(steps, type) ? (steps[type] as readonly UpcastStep[]) : []
  const last = list.at(-1)
  return last !== undefined && isEnd(last) ? undefined : list.length + 1
}

/**
 * Every step leads on, and every chain to an end.
 *
 * @throws InvalidInputError `invalid-definition`, `invalid-event-type`
 */
export function checkUpcasters(steps: UpcastSteps): void {
  for (const [type, list] of Object.entries(steps)) {
    checkName(type, 'event type', 'invalid-event-type', 256)
    for (const [index, step] of list.entries()) {
      checkStep(type, index + 1, step)
      if (isEnd(step) && index < list.length - 1) {
        throw invalid(type, index + 1, 'ends the type, but another step follows. Give that to the new type')
      }
      for (const [target, version] of targetsOf(step)) checkTarget(steps, type, index + 1, target, version)
    }
  }
  for (const type of Object.keys(steps)) checkEnds(steps, type, [])
}

function checkStep(type: string, version: number, step: UpcastStep): void {
  if (typeof step === 'function' || step === 'drop') return
  const isObject = typeof step === 'object' && step !== null
  if (isObject && 'into' in step && typeof step.upcast === 'function' && Object.keys(step.into).length > 0)
    return
  if (isObject && 'as' in step && ['function', 'undefined'].includes(typeof step.upcast)) return
  throw invalid(type, version, "is none of: a function, { as }, { into, upcast } and 'drop'")
}

function checkTarget(steps: UpcastSteps, type: string, from: number, target: string, version: number): void {
  checkName(target, 'event type', 'invalid-event-type', 256)
  if (target === type) throw invalid(type, from, 'leads to its own type. A function makes the next version')
  const length = Object.hasOwn(steps, target) ? (steps[target] as readonly UpcastStep[]).length : 0
  const latest = currentVersion(steps, target) ?? length
  if (Number.isInteger(version) && version >= 1 && version <= latest) return
  throw invalid(
    type,
    from,
    `leads to version ${String(version)} of ${target}, which goes from 1 to ${latest}`,
  )
}

/** A circle of types would never end. */
function checkEnds(steps: UpcastSteps, type: string, path: readonly string[]): void {
  if (path.includes(type)) {
    throw new InvalidInputError(
      'invalid-definition',
      `The upcasters go round in a circle: ${[...path.slice(path.indexOf(type)), type].join(' → ')}.`,
    )
  }
  const list = Object.hasOwn(steps, type) ? (steps[type] as readonly UpcastStep[]) : []
  const targets = new Set(list.flatMap(targetsOf).map(([target]) => target))
  for (const target of targets) checkEnds(steps, target, [...path, type])
}

function invalid(type: string, version: number, problem: string): InvalidInputError {
  return new InvalidInputError(
    'invalid-definition',
    `The upcaster of ${type} from version ${version} ${problem}.`,
  )
}
