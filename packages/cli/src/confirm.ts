import { createInterface } from 'node:readline/promises'
import type { Invocation } from './invocation.ts'
import { UsageError } from './usage-error.ts'

/**
 * Goes on only if somebody wants what cannot be undone: has said `--yes`, or types the name when asked.
 *
 * @param consequence what will happen, as a sentence
 * @throws UsageError nobody has said so; nothing may be done then
 */
export async function confirm(
  consequence: string,
  name: string,
  yes: boolean,
  { input, errors }: Pick<Invocation, 'input' | 'errors'>,
): Promise<void> {
  if (yes) return
  if (!input.isTTY || !errors.isTTY) {
    throw new UsageError(`Not without your consent: ${consequence}`, { next: 'To do it, add --yes.' })
  }
  errors.write(`${consequence}\n`)
  const questions = createInterface({ input, output: errors })
  // Ctrl-C and Ctrl-D close it, and the question would wait for ever.
  const closed = new Promise<string>((resolve) => questions.once('close', () => resolve('')))
  const answer = await Promise.race([questions.question(`Type ${name} to go on: `), closed])
  questions.close()
  if (answer.trim() !== name) throw new UsageError('Nothing was done.')
}
