import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A fenced TypeScript block of a page. Its words after `ts` say what it is for: `run`, `file=name.ts`. */
export interface Block {
  /** The page, relative to the repository. */
  readonly page: string
  /** Line of the opening fence, so that the first line of code is the next. */
  readonly line: number
  /** Where it is written to, relative to the folder of all blocks. */
  readonly file: string
  readonly code: string
  readonly run: boolean
  /** What it has to print: the `text output` block directly after it. */
  readonly output: string | undefined
}

const PAGES = ['README.md', 'packages/*/README.md', 'examples/*/README.md', 'docs/**/*.md']

export function readBlocks(root: string): Block[] {
  return globSync(PAGES, { cwd: root, exclude: (path) => /^(node_modules|\.blocks)$/.test(basename(path)) })
    .sort()
    .flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8')))
}

interface Fence {
  readonly words: readonly string[]
  readonly start: number
  readonly end: number
  readonly lines: readonly string[]
}

export function blocksOf(page: string, markdown: string): Block[] {
  const lines = markdown.split('\n')
  const fences = fencesOf(page, lines)
  const folder = page.replace(/\.md$/, '').replaceAll('/', '-')
  return fences.flatMap((fence, index) => {
    const [language, ...words] = fence.words
    if (language !== 'ts') return []
    const run = words.includes('run')
    const name = words.find((word) => word.startsWith('file='))?.slice('file='.length)
    const unknown = words.find((word) => word !== 'run' && !word.startsWith('file='))
    if (unknown)
      throw new Error(`${page}:${fence.start}: a ts block can be 'run' or 'file=…', not '${unknown}'`)
    const next = fences[index + 1]
    const follows = next && lines.slice(fence.end, next.start - 1).every((line) => line.trim() === '')
    return {
      page,
      line: fence.start,
      file: `${folder}/${name ?? `line-${fence.start}.ts`}`,
      code: fence.lines.join('\n'),
      run,
      output: run && follows && next.words.join(' ') === 'text output' ? next.lines.join('\n') : undefined,
    }
  })
}

/** Lines count from 1: `start` is the opening fence, `end` the closing one. */
function fencesOf(page: string, lines: readonly string[]): Fence[] {
  const fences: Fence[] = []
  for (let index = 0; index < lines.length; index++) {
    const opening = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(lines[index] ?? '')
    if (!opening) continue
    const [, indent = '', marker = '', words = ''] = opening
    const closing = lines.findIndex((line, at) => at > index && line.trim() === marker)
    if (closing < 0) throw new Error(`${page}:${index + 1}: this block has no end`)
    fences.push({
      words: words.trim().split(/\s+/),
      start: index + 1,
      end: closing + 1,
      lines: lines
        .slice(index + 1, closing)
        .map((line) => line.slice(Math.min(indent.length, line.search(/\S|$/)))),
    })
    index = closing
  }
  return fences
}

/** The first difference, in words; `…` stands for any characters of one line. */
export function difference(expected: string, printed: string): string | undefined {
  const want = expected.trimEnd().split('\n')
  const got = printed.trimEnd().split('\n')
  for (let index = 0; index < Math.max(want.length, got.length); index++) {
    const [wanted, given] = [want[index], got[index]]
    if (wanted !== undefined && given !== undefined && pattern(wanted).test(given)) continue
    const at = `line ${index + 1} of the output`
    if (given === undefined) return `${at} is missing: ${wanted}`
    return wanted === undefined
      ? `${at} is too much: ${given}`
      : `${at}\n  is        ${given}\n  should be ${wanted}`
  }
  return undefined
}

function pattern(line: string): RegExp {
  return new RegExp(
    `^${line
      .split('…')
      .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
}
