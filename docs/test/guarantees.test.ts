import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMemory } from '@eventfold/memory'
import { registerEventStoreContract } from '@eventfold/testing/contract'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/concepts/guarantees.md'), 'utf8')
const sections = page
  .split(/^## (?=\d+\. )/m)
  .slice(1)
  .map((text) => ({ number: Number.parseInt(text, 10), text: text.split(/^## /m)[0] ?? '' }))

function titlesOfContract(): Set<string> {
  const titles = new Set<string>()
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    test: (title: string) => titles.add(title),
  }
  registerEventStoreContract(runner, { name: 'titles', createStorage: () => ({ open: openMemory }) })
  return titles
}

test('every guarantee has a proof in the contract', () => {
  expect(sections.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14])
  const titles = titlesOfContract()
  for (const { number, text } of sections) {
    const named = [...text.matchAll(/^- `(\[\d+\] .+)`$/gm)].map(([, title]) => title ?? '')
    expect(named.length, `cases of guarantee ${number}`).toBeGreaterThanOrEqual(2)
    for (const title of named) {
      expect(titles, 'a case of the contract').toContain(title)
      expect(title.startsWith(`[${number}] `), title).toBe(true)
    }
  }
})

test('every test of an adapter that is named as a proof exists', () => {
  const named = [...page.matchAll(/^- `(.+)` in \[.*\]\(\.\.\/\.\.\/(.+)\)$/gm)]
  expect(named.length).toBeGreaterThan(0)
  for (const [, title = '', path = ''] of named) {
    expect(existsSync(join(root, path)), path).toBe(true)
    expect(readFileSync(join(root, path), 'utf8')).toContain(title)
  }
})
