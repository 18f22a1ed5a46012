import { InvalidInputError } from '../errors.ts'
import type { EventStore } from '../store/event-store.ts'
import type { PersonalAdapter } from './personal-adapter.ts'

/** @throws InvalidInputError `invalid-option`: the store was opened without `privacy` */
export function personalAdapterOf<Transaction>({
  personal,
}: EventStore<Transaction>): PersonalAdapter<Transaction> {
  if (personal !== undefined) return personal
  throw new InvalidInputError(
    'invalid-option',
    'The store was opened without `privacy`, so nothing in it is kept under keys. Open it with what your services use.',
  )
}
