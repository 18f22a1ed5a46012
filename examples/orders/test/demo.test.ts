import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const demo = fileURLToPath(new URL('../../terminal/src/demo.ts', import.meta.url))

function runDemo(...args: readonly string[]) {
  return new Promise<{ exitCode: unknown; output: string; errors: string }>((resolve) => {
    const command = ['-C', '@eventfold/source', demo, ...args]
    const child = execFile(process.execPath, command, (_error, output, errors) => {
      resolve({ exitCode: child.exitCode, output, errors })
    })
  })
}

describe('the demo', () => {
  test('replays the shipped export, and fulfils three orders', async () => {
    const { exitCode, output, errors } = await runDemo('orders', '--store', 'sqlite')
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' })
    for (const line of [
      'Replaying 360 orders into sqlite',
      '  3 shipped before it was paid',
      '  delivered       312',
      '  2025-10      21  2,100.00         27               8.2',
      '  In all 360 orders for 34,200.00, 312 delivered.',
      '  new-1    paid, and picked up                      completed  mail failed',
      '  new-2    not on the shelf                         failed     order',
      '  nowhere  paid, but the carrier does not go there  failed     invoice, stock, order',
    ]) {
      expect(output.split('\n')).toContain(line)
    }
    expect(output).toMatch(/The events are in .+orders\.db\n$/)
  })

  test('says how it is used', async () => {
    expect(await runDemo('orders', '--help')).toMatchObject({ exitCode: 0, errors: '' })
    const wrong = await runDemo('orders', '--store', 'paper')
    expect(wrong).toMatchObject({ exitCode: 2, output: '' })
    expect(wrong.errors).toContain('There is no store "paper"')
  })
})
