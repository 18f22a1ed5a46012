import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, type EventStore, isEventfoldError } from '@eventfold/core'
import type { ChaosLedger } from './chaos-ledger.ts'
import { type ChaosReaders, chaosReaders } from './chaos-readers.ts'
import { checkItself } from './check-itself.ts'
import type { Random } from './random.ts'

/**
 * Asks readers from outside, again and again, for what may be asked at any time and must change nothing in the end.
 *
 * @returns how often
 */
export async function pester(
  store: EventStore,
  random: Random,
  ledger: ChaosLedger,
  isOver: () => boolean,
): Promise<number> {
  const readers = chaosReaders(store, '', {})
  let asked = 0
  while (!isOver()) {
    await sleep(50 + random.below(500))
    try {
      asked += await ask(readers, random, ledger)
    } catch (error) {
      if (!isEventfoldError(error) || !error.retryable) throw error
    }
  }
  return asked
}

async function ask(readers: ChaosReaders, random: Random, ledger: ChaosLedger): Promise<number> {
  const { model, reactor } = readers
  const { current } = await model.status()
  if (current === undefined) return 0
  const generation = new Consumer(model.store, `${model.name}#${current.number}`, { apply: () => {} })
  for (const consumer of [generation, reactor]) {
    const pauses = random.chance(0.3)
    try {
      // What is poisonous fails again, and stays where it is.
      await consumer.retryParked()
      if (pauses) await consumer.pause()
    } catch (error) {
      // It may have gone by now, or not begun, or the store was not reached.
      if (!isEventfoldError(error)) throw error
    }
    if (pauses) await resume(consumer)
  }
  if (random.chance(0.7)) return 1
  try {
    await checkItself(readers, ledger)
  } catch (error) {
    // Another generation serves by now.
    if (!isEventfoldError(error, 'rebuild-cancelled')) throw error
  }
  return 1
}

async function resume(consumer: Consumer): Promise<void> {
  for (;;) {
    try {
      return await consumer.resume()
    } catch (error) {
      if (!isEventfoldError(error)) throw error
      if (!error.retryable) return
    }
  }
}
