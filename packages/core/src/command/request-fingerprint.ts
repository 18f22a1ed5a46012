import { v5 } from 'uuid'
import { InvalidInputError } from '../errors.ts'
import type { Command } from './command.ts'

/** Of the hashes of requests; drawn once, and fixed for ever. */
const namespace = 'c2f8a4de-93b7-4a51-8a6e-0d6f4a1b7c35'
const maxDepth = 512

/**
 * The same for the same command, target and input, whatever the order of properties; a property that is undefined counts
 * as none.
 *
 * @throws InvalidInputError `not-json`: two different inputs could look the same
 */
export function fingerprintOf({ command, to, input }: Command): string {
  return v5(textOf([command, to ?? null, input ?? null], []), namespace)
}

/** Like JSON, but with names in order, and with text of its own for what JSON would make the same. */
function textOf(value: unknown, path: readonly string[]): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : objectText(value, path)
    case 'function':
    case 'symbol':
      throw incomparable(value, path)
    default:
      return String(value)
  }
}

function objectText(value: object, path: readonly string[]): string {
  if (path.length > maxDepth) throw incomparable(value, path)
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => textOf(item, [...path, String(index)])).join()}]`
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return textOf(value.toJSON(), path)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  // What keeps its content elsewhere than in properties: maps, sets, objects with private fields.
  if (entries.length === 0 && !isPlain(value)) throw incomparable(value, path)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${textOf(item, [...path, name])}`).join()}}`
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** @param path the first part names command, target or input; only the input can be wrong */
function incomparable(value: unknown, path: readonly string[]): InvalidInputError {
  const pointer = path
    .slice(1)
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
  const kind = typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value
  const what = path.length > maxDepth ? 'nested too deeply, or refers to itself' : `a ${kind}`
  return new InvalidInputError(
    'not-json',
    `The input at ${pointer === '' ? 'its root' : pointer} is ${what}: with an idempotency key it has to be comparable. ` +
      'Send plain data.',
    { pointer },
  )
}
