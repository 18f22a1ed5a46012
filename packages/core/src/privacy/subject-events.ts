import type { StoredEvent } from '../event/stored-event.ts'
import { PersonalAdapter } from './personal-adapter.ts'

/** The events that have something personal of a subject, as they are stored. */
export async function* subjectEvents<Transaction>(
  { inner }: PersonalAdapter<Transaction>,
  subject: string,
): AsyncGenerator<StoredEvent, void, undefined> {
  const filter = { tags: [PersonalAdapter.tagOf(subject)] }
  const before = Number.MAX_SAFE_INTEGER
  for (let after = 0; ; ) {
    const page = await inner.readLog({ after, before, backwards: false, limit: 500, filter })
    yield* page.events
    if (page.end) return
    after = page.next
  }
}
