import { ConcurrencyError, isEventfoldError } from '../errors.ts'
import type { NewEvent } from '../event/event.ts'
import { meetsExpectation, parseExpectedVersion } from '../event/expected-version.ts'
import type { AppendResult } from '../store/event-store-options.ts'
import { pauseAfterConflict } from '../store/pause-after-conflict.ts'
import type { ExecuteOptions } from './execute-all.ts'
import type { Executed } from './loaded.ts'
import type { PlannedCommand } from './planned-command.ts'

/**
 * What `executeAll` does, for a single command: most are, and need no bookkeeping of streams.
 *
 * @param input as its schema returns it
 * @param alongside stores something more in the transaction of the append; what it throws undoes that
 */
export async function executeOne<Result extends Executed<unknown, unknown>, Transaction>(
  command: PlannedCommand<Result, Transaction>,
  input: unknown,
  options: ExecuteOptions<Transaction> = {},
  alongside?: (appended: AppendResult, transaction: Transaction) => Promise<void>,
): Promise<Result> {
  const { metadata = {}, transaction } = options
  const { store, stream, maxAttempts } = command
  const expected = parseExpectedVersion(options.expected ?? 'any')
  for (let attempt = 1; ; attempt++) {
    const loaded = await command.load(transaction)
    const { version } = loaded
    if (!meetsExpectation(expected, version)) throw new ConcurrencyError(stream, expected, version)
    const result = await command.decide(loaded, input, metadata)
    const events = result.events as readonly NewEvent[]
    if (events.length === 0) return result
    try {
      const append = { ...options, expected: version }
      const appended =
        alongside === undefined
          ? await store.append(stream, events, append)
          : await store.transaction(async (open) => {
              const stored = await store.append(stream, events, { ...append, transaction: open })
              await alongside(stored, open)
              return stored
            })
      // Events that were stored before are in the state already that the command decided on.
      const latest = appended.duplicate ? await command.load(transaction) : undefined
      return { ...result, ...latest, appended }
    } catch (error) {
      if (!isEventfoldError(error, 'concurrency') || attempt >= maxAttempts) throw error
    }
    await pauseAfterConflict(attempt)
  }
}
