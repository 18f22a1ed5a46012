import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const source = globSync(
  join(root, 'packages/{core/src/doctor/*,{sqlite,postgres}/src/*-{findings,inspection}}.ts'),
)
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')
const page = readFileSync(join(root, 'docs/reference/findings.md'), 'utf8')

function codesOfSource(): string[] {
  const literal = [...source.matchAll(/ code: '([a-z-]+)'/g)].map(([, code]) => code ?? '')
  const settings = [...source.matchAll(/\bunsafe\(\s*'([a-z_]+)'/g)].map(
    ([, setting = '']) => `postgres-${setting.replaceAll('_', '-')}`,
  )
  return [...new Set([...literal, ...settings])].sort()
}

test('the page of findings has exactly the codes of the library', () => {
  const documented = [...page.matchAll(/^### (.+)$/gm)].map(([, code]) => code).sort()
  expect(codesOfSource().length).toBeGreaterThan(25)
  expect(documented).toEqual(codesOfSource())
})
