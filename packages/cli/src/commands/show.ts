import { inspect } from 'node:util'
import { categoryOf, VersionNotFoundError } from '@eventfold/core'
import { streamEventColumns } from '../event-columns.ts'
import type { Invocation } from '../invocation.ts'
import { Listing } from '../listing.ts'
import { aggregateOf, loadState } from '../load-state.ts'
import { pointInTime } from '../point-in-time.ts'
import { type Session, withSession } from '../session.ts'
import { type CommandGroup, storeCommand } from '../store-options.ts'
import { UsageError } from '../usage-error.ts'
import { wholeNumber } from '../whole-number.ts'

/** `show <stream>`: the events of a stream, and its state, now or as of a version or a time. */
export function registerShow(program: CommandGroup, invocation: Invocation): void {
  storeCommand(program, 'show')
    .description('show the events of a stream and, with a config that has its aggregate, its state')
    .argument('<stream>', 'such as account-42')
    .option('--version <version>', 'as of this version', wholeNumber(1))
    .option('--at <time>', 'as of this time, such as 2026-01-31T12:00:00Z', pointInTime)
    .option('--state', 'the state only')
    .action(async (stream, { version, at, state, ...options }) => {
      await withSession(invocation, options, async (session) => {
        const place = { ...(version !== undefined && { version }), ...(at !== undefined && { at }) }
        await checkStream(session, stream, version)
        if (state !== true) await showEvents(session, stream, place)
        if (state === true || !session.output.json) await showState(session, stream, place, state ?? false)
      })
    })
}

interface Place {
  readonly version?: number
  readonly at?: Date
}

async function checkStream({ store }: Session, stream: string, version: number | undefined): Promise<void> {
  const info = await store.streamInfo(stream)
  if (info === undefined)
    throw new UsageError(`There is no stream ${stream}.`, { next: 'See: eventfold streams' })
  if (version !== undefined && version > info.version) {
    throw new VersionNotFoundError(stream, version, info.version)
  }
}

async function showEvents({ store, output }: Session, stream: string, { version, at }: Place): Promise<void> {
  const listing = new Listing(output, streamEventColumns)
  const range = version === undefined ? {} : { to: version }
  read: for await (const events of store.readStreamInBatches(stream, range)) {
    for (const event of events) {
      if (at !== undefined && event.recordedAt > at) break read
      await listing.add(event)
    }
  }
  await listing.end('There was no event yet.')
}

async function showState(
  { store, config, output }: Session,
  stream: string,
  place: Place,
  isRequired: boolean,
): Promise<void> {
  const definition = aggregateOf(config, stream)
  if (definition === undefined) {
    if (!isRequired) return
    throw new UsageError(`The config has no aggregate of category ${categoryOf(stream)}.`, {
      next: 'Add its definition to `aggregates` in eventfold.config.ts.',
    })
  }
  const { state, version } = await loadState(store, definition, stream, place)
  await output.document({ stream, version, state }, () => {
    const heading = `state at version ${version}`
    return `${isRequired ? '' : '\n'}${heading}\n${inspect(state, { depth: null, compact: true })}`
  })
}
