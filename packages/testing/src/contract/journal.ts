import assert from 'node:assert/strict'
import type { Processor } from '@eventfold/core'
import { range } from './facts.ts'

/** What was handled, in order, by whom. */
export class Journal {
  readonly entries: { readonly by: string; readonly stream: string; readonly version: number }[] = []

  /** A processor that writes here. `by` names the instance. */
  handler(by = 'one'): Processor {
    return {
      handle: ({ event: { stream, version } }) => {
        this.entries.push({ by, stream, version })
      },
    }
  }

  has(versions: Readonly<Record<string, number>>): boolean {
    return Object.entries(versions).every(([stream, version]) => this.versionsOf(stream).includes(version))
  }

  versionsOf(stream: string): number[] {
    return this.entries.filter((entry) => entry.stream === stream).map(({ version }) => version)
  }

  /** Asserts that every event up to these versions was handled exactly once, and in the order of its stream. */
  check(versions: Readonly<Record<string, number>>): void {
    const streams = [
      ...new Set([...Object.keys(versions), ...this.entries.map(({ stream }) => stream)]),
    ].sort()
    assert.deepEqual(
      streams.map((stream) => [stream, this.versionsOf(stream)]),
      streams.map((stream) => [stream, range(1, versions[stream] ?? 0)]),
    )
  }

  /** Asserts the same, except that events may be repeated from any place on. */
  checkWithRepeats(versions: Readonly<Record<string, number>>): void {
    for (const [stream, last] of Object.entries(versions)) {
      let reached = 0
      for (const version of this.versionsOf(stream)) {
        assert.ok(version <= reached + 1, `${stream}@${version} was handled before ${stream}@${reached + 1}`)
        reached = Math.max(reached, version)
      }
      assert.equal(reached, last, `events of ${stream} were not handled`)
    }
  }
}
