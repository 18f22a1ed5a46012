import { InvalidInputError } from '../errors.ts'
import { findTextProblem } from './text-rules.ts'

/** Deepest nesting of arrays and objects that is accepted. */
const maxDepth = 512

/**
 * The value as JSON. Refuses what JSON would change silently, so that what is read equals what was written.
 *
 * Of all text that it contains only the result is looked through: JSON escapes what is wrong in it, and little else.
 *
 * @param pointer where `value` stands in the caller's input, as a JSON pointer
 * @throws InvalidInputError `not-json`, with a JSON pointer (RFC 6901) to the value
 */
export function encodeJson(value: unknown, pointer: string): string {
  if (findProblem(value, [], 0, false) === undefined) {
    const text = JSON.stringify(value)
    if (!text.includes('\\u')) return text
  }
  checkJson(value, pointer)
  return JSON.stringify(value)
}

function checkJson(value: unknown, pointer: string): void {
  const path: (string | number)[] = []
  const problem = findProblem(value, path, 0, true)
  if (problem !== undefined) {
    const at = pointer + path.reverse().map(toPointerPart).join('')
    throw new InvalidInputError('not-json', `The value at ${at} ${problem}.`, { pointer: at })
  }
}

/**
 * Undefined if all is well; else what is wrong, with the path to it in reverse.
 *
 * @param inText whether to look into text as well
 */
function findProblem(
  value: unknown,
  path: (string | number)[],
  depth: number,
  inText: boolean,
): string | undefined {
  switch (typeof value) {
    case 'string':
      return inText ? findTextProblem(value) : undefined
    case 'number':
      if (!Number.isFinite(value)) return `is ${value}, which JSON cannot carry`
      return Object.is(value, -0) ? 'is -0, which JSON readers turn into 0' : undefined
    case 'boolean':
      return undefined
    case 'undefined':
      return 'is undefined: leave the property out, or use null'
    case 'object':
      break
    default:
      return `is a ${typeof value}, which JSON cannot carry: convert it to a string or a number`
  }
  if (value === null) return undefined
  if (depth === maxDepth) return `is nested deeper than ${maxDepth} levels, or refers to itself`
  if (Array.isArray(value)) return findProblemInArray(value, path, depth, inText)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!isPlainPrototype(prototype)) {
    const name = (prototype as { constructor?: { name?: unknown } }).constructor?.name
    const advice = value instanceof Date ? 'store an ISO string' : 'store plain data'
    return `is a ${typeof name === 'string' && name !== '' ? name : 'class instance'}: ${advice}`
  }
  return findProblemInObject(value as Record<string, unknown>, path, depth, inText)
}

function isPlainPrototype(prototype: unknown): boolean {
  // The last condition lets plain objects of another realm (a vm context, an iframe) pass.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null
}

/** An object with nothing but text as names, of no class. */
export function isPlainObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    isPlainPrototype(Object.getPrototypeOf(value)) &&
    Object.getOwnPropertySymbols(value).length === 0
  )
}

function findProblemInArray(
  array: readonly unknown[],
  path: (string | number)[],
  depth: number,
  inText: boolean,
) {
  for (let index = 0; index < array.length; index++) {
    const problem = findProblem(array[index], path, depth + 1, inText)
    if (problem !== undefined) {
      path.push(index)
      return problem
    }
  }
  if (Object.keys(array).length !== array.length) return 'is an array with named properties, which JSON drops'
  if ('toJSON' in array) return 'has a toJSON method: store plain data'
  return findSymbolProblem(array)
}

function findProblemInObject(
  object: Record<string, unknown>,
  path: (string | number)[],
  depth: number,
  inText: boolean,
) {
  for (const key of Object.keys(object)) {
    const problem =
      key === '__proto__'
        ? 'is named __proto__, which can poison objects that it is copied into'
        : key === 'toJSON' && typeof object[key] === 'function'
          ? 'is a toJSON method: store plain data'
          : ((inText ? findTextProblem(key) : undefined) ?? findProblem(object[key], path, depth + 1, inText))
    if (problem !== undefined) {
      path.push(key)
      return problem
    }
  }
  if (typeof object['toJSON'] === 'function') return 'has a toJSON method: store plain data'
  return findSymbolProblem(object)
}

function findSymbolProblem(value: object): string | undefined {
  return Object.getOwnPropertySymbols(value).length > 0
    ? 'has a property named by a symbol, which JSON drops'
    : undefined
}

function toPointerPart(part: string | number): string {
  return `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** Freezes a value of JSON and everything in it. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
