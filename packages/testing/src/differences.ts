import { isSame } from './is-same.ts'
import { show } from './report-section.ts'

const mostLines = 8

/** In what two values of JSON differ: a line for each place, by JSON pointer. */
export function differences(actual: unknown, expected: unknown): readonly string[] {
  const lines = compare(actual, expected, '')
  const more = lines.length - mostLines
  return more > 0 ? [...lines.slice(0, mostLines), `and in ${more} more places`] : lines
}

function compare(actual: unknown, expected: unknown, pointer: string): readonly string[] {
  if (isSame(actual, expected)) return []
  if (!isContainer(actual) || !isContainer(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    const place = pointer === '' ? '' : `at ${pointer}: `
    return [`${place}${show(actual)} instead of ${show(expected)}`]
  }
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)])
  const lines = [...names].flatMap((name) => {
    return compare(
      actual[name],
      expected[name],
      `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    )
  })
  return lines.length > 0 ? lines : [`${pointer === '' ? 'it' : pointer} is of another class`]
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}
