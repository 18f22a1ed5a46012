import assert from 'node:assert/strict'
import type { RecordedEvent } from '@eventfold/core'
import { checkLog } from '../contract/read-all.ts'
import type { RaceRecord } from './race-client.ts'

/** Judges what clients heard by what the log holds. */
export function checkRecords(records: readonly RaceRecord[], log: readonly RecordedEvent[]): void {
  checkLog(log)
  const byId = new Map(log.map((event) => [event.id, event]))
  assert.equal(byId.size, log.length, 'an event is stored twice')
  const acknowledged = records.filter(({ outcome }) => outcome.kind === 'stored')
  const stored = acknowledged.flatMap(({ eventIds }) => eventIds)
  assert.deepEqual(
    stored.toSorted(),
    [...byId.keys()].sort(),
    'stored is what was acknowledged, and nothing else',
  )
  for (const record of acknowledged) checkPlaces(record, byId)
  checkRealTime(acknowledged, byId)
  for (const record of records) checkConflict(record, acknowledged)
}

/** The events of each result follow what was expected, without a gap, and the last is where the result says. */
function checkPlaces({ outcome, appends }: RaceRecord, byId: ReadonlyMap<string, RecordedEvent>): void {
  if (outcome.kind !== 'stored') return
  for (const [index, { stream, version, position, eventIds }] of outcome.results.entries()) {
    const events = eventIds.map((id) => byId.get(id) as RecordedEvent)
    const first = version - eventIds.length + 1
    const expected = appends[index]?.expected
    if (typeof expected === 'number')
      assert.equal(first, expected + 1, `${stream} was not at the version expected`)
    assert.deepEqual(
      events.map((event) => `${event.stream}@${event.version}`),
      events.map((_, offset) => `${stream}@${first + offset}`),
    )
    assert.equal(events.at(-1)?.position, position)
  }
}

/** What was acknowledged before something else was begun comes before it. */
function checkRealTime(acknowledged: readonly RaceRecord[], byId: ReadonlyMap<string, RecordedEvent>): void {
  const spans = acknowledged.map(({ invoked, replied, eventIds }) => {
    const positions = eventIds.map((id) => byId.get(id)?.position ?? 0)
    return { invoked, replied, first: Math.min(...positions), last: Math.max(...positions) }
  })
  for (const earlier of spans) {
    for (const later of spans) {
      if (earlier.replied > later.invoked) continue
      assert.ok(
        earlier.last < later.first,
        `position ${later.first} was begun after ${earlier.last} was acknowledged`,
      )
    }
  }
}

/** A conflict names a version that the stream was really at during the call, and that was not expected. */
function checkConflict(record: RaceRecord, acknowledged: readonly RaceRecord[]): void {
  const { outcome, invoked, replied } = record
  if (outcome.kind !== 'conflict') return
  const { stream, expected, actual } = outcome
  assert.notEqual(actual, expected === 'no-stream' ? 0 : expected, `a conflict on ${stream} without reason`)
  const versionsOf = (records: readonly RaceRecord[]) =>
    records
      .flatMap(({ outcome: other }) => (other.kind === 'stored' ? other.results : []))
      .filter((result) => result.stream === stream)
      .map(({ version }) => version)
  const before = versionsOf(acknowledged.filter((other) => other.replied < invoked))
  const possible = versionsOf(acknowledged.filter((other) => other.invoked < replied))
  assert.ok(actual >= Math.max(0, ...before), `a conflict on ${stream} with the stale version ${actual}`)
  assert.ok(
    [0, ...possible].includes(actual),
    `a conflict on ${stream} with version ${actual}, which never was`,
  )
}
