import type { EventStore } from '../store/event-store.ts'
import { personalAdapterOf } from './personal-adapter-of.ts'

/**
 * Gives a subject another key, for what is stored from now on. What was stored before stays readable: it has the numbers
 * of its keys. Forgetting removes all of them.
 *
 * @throws InvalidInputError `invalid-option`: the store was opened without `privacy`
 * @throws SubjectForgottenError, and the errors of the key store
 */
export async function rotateKey<Transaction>(store: EventStore<Transaction>, subject: string): Promise<void> {
  await personalAdapterOf(store).ring.rotate(subject)
}
