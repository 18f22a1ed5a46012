import { CaseContext, CaseSkipped } from './case-context.ts'
import type { ContractRunner, EventStoreFixture } from './fixture.ts'
import type { ContractCase } from './topic.ts'
import { topics } from './topics.ts'

/**
 * Registers the contract with a test runner, as one test per case. What `store.capabilities` declares decides which
 * cases apply: the others are reported as skipped.
 *
 * @throws Error a skip has no reason, or no case has its title
 * @example
 * registerEventStoreContract({ describe, test }, { name: 'memory', createStorage: () => ({ open: openMemory }) })
 */
export function registerEventStoreContract(runner: ContractRunner, fixture: EventStoreFixture): void {
  const { describe, test } = runner
  const { name, skip = {} } = fixture
  checkSkips(skip)
  describe(`${name} keeps the event store contract`, () => {
    for (const topic of topics) {
      describe(topic.name, () => {
        for (const [title, run] of Object.entries(topic.cases)) {
          test(title, async (context) => {
            const reason = Object.hasOwn(skip, title) ? skip[title] : await runCase(run, fixture)
            if (reason !== undefined) reportSkipped(context, reason)
          })
        }
      })
    }
  })
}

function checkSkips(skip: Readonly<Record<string, string>>): void {
  const titles = new Set(topics.flatMap(({ cases }) => Object.keys(cases)))
  for (const [title, reason] of Object.entries(skip)) {
    if (!titles.has(title))
      throw new Error(`The contract has no case "${title}" to skip. Remove it from skip.`)
    if (reason.trim() === '')
      throw new Error(`The skip of "${title}" has no reason. Say why it does not hold.`)
  }
}

/** Resolves with a reason if the case does not apply to the store. */
async function runCase(run: ContractCase, fixture: EventStoreFixture): Promise<string | undefined> {
  const context = new CaseContext(await fixture.createStorage(), fixture.patience ?? 5_000)
  try {
    await run(context)
    return undefined
  } catch (error) {
    if (error instanceof CaseSkipped) return error.reason
    throw error
  } finally {
    await context.end()
  }
}

/** The context that vitest and node:test hand to a test can skip it; with other runners the case passes. */
function reportSkipped(context: unknown, reason: string): void {
  const skip: unknown = (context as { skip?: unknown } | undefined)?.skip
  if (typeof skip === 'function') skip.call(context, reason)
}
