import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@eventfold/core'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const source = globSync(join(root, 'packages/core/src/**/*errors.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')
const page = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8')

/** Literal codes in the types: `EventfoldError<'code'>`, and the members of the unions named …Code. */
function codesOfSource(): string[] {
  const single = [...source.matchAll(/extends EventfoldError<'([a-z-]+)'>/g)].map(([, code]) => code)
  const unions = [...source.matchAll(/export type \w+Code =((?:\s*\|?\s*'[a-z-]+')+)/g)]
  const members = unions.flatMap(([, union]) =>
    [...(union ?? '').matchAll(/'([a-z-]+)'/g)].map(([, code]) => code),
  )
  return [...single, ...members].filter((code) => code !== undefined).sort()
}

test('the errors page has exactly the codes of the library', () => {
  const documented = [...page.matchAll(/^### (.+)$/gm)].map(([, code]) => code).sort()
  expect(codesOfSource().length).toBeGreaterThan(20)
  expect(documented).toEqual(codesOfSource())
})

test('the errors page names every class of error', () => {
  const classes = Object.entries(core).filter(([, value]) => {
    return (
      typeof value === 'function' &&
      (value === core.EventfoldError || value.prototype instanceof core.EventfoldError)
    )
  })
  expect(classes.length).toBeGreaterThan(10)
  for (const [name] of classes) expect(page).toContain(`\`${name}\``)
})
