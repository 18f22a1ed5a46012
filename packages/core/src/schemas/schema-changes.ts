import type { JsonValue } from '../event/event.ts'
import { sameValue } from '../projection/same-value.ts'
import type { JsonSchema } from './json-schema.ts'

type Keywords = Readonly<Record<string, JsonValue>>

/** Keywords that say nothing about which values are valid. */
const silent = new Set([
  '$schema',
  '$id',
  '$defs',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
])
/** Those that are compared one by one; all others must be the same. */
const compared = new Set([
  ...['type', 'enum', 'const', 'anyOf', 'oneOf', '$ref', 'properties', 'required', 'additionalProperties'],
  ...['propertyNames', 'items', 'prefixItems', 'minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'],
  ...['minLength', 'maxLength', 'minItems', 'maxItems', 'pattern', 'format', 'multipleOf'],
])

/**
 * What of the old data the new schema would not take: one sentence each, with a JSON pointer; none if all of it
 * survives. A property that has gone is no loss: who reads the data does not look at it. Where it cannot be told, it
 * counts as a change.
 */
export function schemaChanges(before: JsonSchema, after: JsonSchema): readonly string[] {
  return new SchemaComparison(before, after).compare(before, after, '', 0)
}

class SchemaComparison {
  readonly #before: JsonSchema
  readonly #after: JsonSchema

  constructor(before: JsonSchema, after: JsonSchema) {
    this.#before = before
    this.#after = after
  }

  compare(before: JsonSchema, after: JsonSchema, at: string, depth: number): readonly string[] {
    if (after === true || before === false || sameValue(before, after)) {
      return refersTo(after) && !sameValue(defsOf(this.#before), defsOf(this.#after))
        ? this.#compareKeywords(
            this.#resolve(before, this.#before),
            this.#resolve(after, this.#after),
            at,
            depth,
          )
        : []
    }
    if (after === false) return [`${at || '/'} is not allowed any more`]
    // A schema that refers to itself: what is different in it was told on the way here.
    if (depth > 16) return []
    const old = before === true ? {} : before
    return this.#compareKeywords(
      this.#resolve(old, this.#before),
      this.#resolve(after, this.#after),
      at,
      depth,
    )
  }

  #compareKeywords(before: Keywords, after: Keywords, at: string, depth: number): readonly string[] {
    const oldBranches = branchesOf(before)
    if (oldBranches !== undefined) {
      return [...new Set(oldBranches.flatMap((branch) => this.compare(branch, after, at, depth + 1)))]
    }
    const newBranches = branchesOf(after)
    if (newBranches !== undefined) {
      const changes = newBranches.map((branch) => this.compare(before, branch, at, depth + 1))
      const least = changes.toSorted((a, b) => a.length - b.length)[0] ?? []
      return least.length === 0 ? [] : [`${at || '/'} fits none of the alternatives any more (${least[0]})`]
    }
    const types = valueChanges(before, after, at)
    if (types.length > 0) return types
    return [
      ...boundChanges(before, after, at),
      ...this.#propertyChanges(before, after, at, depth),
      ...this.#itemChanges(before, after, at, depth),
      ...Object.keys(after)
        .filter((keyword) => !silent.has(keyword) && !compared.has(keyword))
        .filter((keyword) => !sameValue(before[keyword], after[keyword]))
        .map((keyword) => `${at || '/'} has another ${keyword}`),
    ]
  }

  #propertyChanges(before: Keywords, after: Keywords, at: string, depth: number): readonly string[] {
    const changes: string[] = []
    const old = (before['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
    const next = (after['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>
    const wasRequired = new Set((before['required'] ?? []) as readonly string[])
    for (const name of (after['required'] ?? []) as readonly string[]) {
      if (wasRequired.has(name)) continue
      changes.push(`${at}/${name} is required, and ${Object.hasOwn(old, name) ? 'was optional' : 'is new'}`)
    }
    for (const [name, schema] of Object.entries(next)) {
      if (Object.hasOwn(old, name)) {
        changes.push(...this.compare(old[name] as JsonSchema, schema, `${at}/${name}`, depth + 1))
      } else if (isOpen(before['additionalProperties'])) {
        const others = (before['additionalProperties'] ?? true) as JsonSchema
        changes.push(...this.compare(others, schema, `${at}/${name}`, depth + 1))
      }
    }
    const rest = after['additionalProperties']
    if (typeof rest === 'object' && rest !== null) {
      const others = (before['additionalProperties'] ?? true) as JsonSchema
      changes.push(...this.compare(others, rest as JsonSchema, `${at}/*`, depth + 1))
      for (const [name, schema] of Object.entries(old)) {
        if (Object.hasOwn(next, name)) continue
        changes.push(...this.compare(schema, rest as JsonSchema, `${at}/${name}`, depth + 1))
      }
    }
    const names = after['propertyNames']
    if (names !== undefined) {
      const oldNames = (before['propertyNames'] ?? { type: 'string' }) as JsonSchema
      changes.push(...this.compare(oldNames, names as JsonSchema, `${at}/* (names)`, depth + 1))
    }
    return changes
  }

  #itemChanges(before: Keywords, after: Keywords, at: string, depth: number): readonly string[] {
    const changes: string[] = []
    const old = (before['prefixItems'] ?? []) as readonly JsonSchema[]
    const next = (after['prefixItems'] ?? []) as readonly JsonSchema[]
    const oldRest = (before['items'] ?? true) as JsonSchema
    const nextRest = (after['items'] ?? true) as JsonSchema
    for (let index = 0; index < Math.max(old.length, next.length); index++) {
      const schema = old[index] ?? oldRest
      changes.push(...this.compare(schema, next[index] ?? nextRest, `${at}/${index}`, depth + 1))
    }
    return [...changes, ...this.compare(oldRest, nextRest, `${at}/*`, depth + 1)]
  }

  /** Follows a reference within its document. */
  #resolve(schema: JsonSchema, root: JsonSchema): Keywords {
    let found = schema
    for (let hops = 0; refersTo(found) && hops < 16; hops++) {
      const path = ((found as Keywords)['$ref'] as string).replace(/^#\/?/, '').split('/')
      let target: JsonValue | undefined = root as JsonValue
      for (const part of path.filter((each) => each !== '')) {
        target = (target as Keywords | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')]
      }
      found = (target ?? true) as JsonSchema
    }
    return found === true ? {} : found === false ? { enum: [] } : found
  }
}

function refersTo(schema: JsonSchema): boolean {
  return typeof schema === 'object' && typeof schema['$ref'] === 'string'
}

function defsOf(schema: JsonSchema): JsonValue | undefined {
  return typeof schema === 'object' ? schema['$defs'] : undefined
}

function branchesOf(schema: Keywords): readonly JsonSchema[] | undefined {
  return (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined
}

function isOpen(additionalProperties: JsonValue | undefined): boolean {
  return typeof additionalProperties === 'object' && additionalProperties !== null
}

/** Which values there can be: by type, or one by one. */
function valueChanges(before: Keywords, after: Keywords, at: string): readonly string[] {
  const place = at || '/'
  const old = valuesOf(before)
  const next = valuesOf(after)
  if (next !== undefined) {
    if (old === undefined) return [`${place} is limited to ${next.map(toText).join(', ')}`]
    const gone = old.filter((value) => !next.some((other) => sameValue(value, other)))
    return gone.length === 0 ? [] : [`${place} cannot be ${gone.map(toText).join(', ')} any more`]
  }
  const types = typesOf(after)
  if (types === undefined) return []
  const oldTypes = old === undefined ? typesOf(before) : [...new Set(old.map(typeOfValue))]
  if (oldTypes === undefined) return [`${place} is limited to ${types.join(' or ')}`]
  const gone = oldTypes.filter((type) => {
    return !types.includes(type) && !(type === 'integer' && types.includes('number'))
  })
  return gone.length === 0 ? [] : [`${place} cannot be of type ${gone.join(' or ')} any more`]
}

function valuesOf(schema: Keywords): readonly JsonValue[] | undefined {
  if (schema['const'] !== undefined) return [schema['const']]
  return schema['enum'] as readonly JsonValue[] | undefined
}

function typesOf({ type }: Keywords): readonly string[] | undefined {
  if (type === undefined) return undefined
  return (typeof type === 'string' ? [type] : type) as readonly string[]
}

function typeOfValue(value: JsonValue): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

/** Smaller values of these let less through. */
const upper = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'] as const
/** Greater values of these let less through. */
const lower = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'] as const

function boundChanges(before: Keywords, after: Keywords, at: string): readonly string[] {
  const place = at || '/'
  const values = valuesOf(before)
  // Values that were listed one by one say by themselves what they keep to.
  if (values !== undefined && valuesOf(after) !== undefined) return []
  const changes: string[] = []
  for (const keyword of [...upper, ...lower]) {
    const next = after[keyword] as number | undefined
    if (next === undefined) continue
    const old = before[keyword] as number | undefined
    const isUpper = (upper as readonly string[]).includes(keyword)
    if (old === undefined || (isUpper ? next < old : next > old)) {
      if (!isImplied(before, keyword, next)) changes.push(`${place} has ${keyword} ${next}`)
    }
  }
  for (const keyword of ['pattern', 'format'] as const) {
    const next = after[keyword]
    if (next !== undefined && next !== before[keyword])
      changes.push(`${place} has ${keyword} ${toText(next)}`)
  }
  const step = after['multipleOf'] as number | undefined
  const oldStep = before['multipleOf'] as number | undefined
  if (step !== undefined && (oldStep === undefined || oldStep % step !== 0)) {
    changes.push(`${place} has multipleOf ${step}`)
  }
  return changes
}

/** Whether the other bound of the same side keeps to it: `> 0` is `>= 0`. */
function isImplied(before: Keywords, keyword: string, next: number): boolean {
  const other: Readonly<Record<string, string>> = {
    minimum: 'exclusiveMinimum',
    exclusiveMinimum: 'minimum',
    maximum: 'exclusiveMaximum',
    exclusiveMaximum: 'maximum',
  }
  const name = other[keyword]
  const bound = name === undefined ? undefined : (before[name] as number | undefined)
  if (bound === undefined) return false
  if (keyword === 'minimum') return bound >= next
  if (keyword === 'exclusiveMinimum') return bound > next
  return keyword === 'maximum' ? bound <= next : bound < next
}

function toText(value: JsonValue): string {
  return JSON.stringify(value)
}
