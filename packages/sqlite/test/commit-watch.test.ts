import { describe, expect, test } from 'vitest'
import { CommitWatch } from '../src/commit-watch.ts'
import { LogReader } from '../src/log-reader.ts'
import { WriteHint } from '../src/write-hint.ts'
import { openHandle, openTestStore } from './open-test-store.ts'

const never = 2 ** 31 - 1
const opened = { type: 'Opened', data: {} }

/** Hints that are given by hand, or never. */
class ToldHint extends WriteHint {
  told: (() => void) | undefined
  isPossible = true
  armed = 0

  override get isArmed(): boolean {
    return this.told !== undefined
  }

  override arm(written: () => void): boolean {
    if (!this.isPossible) return false
    this.armed++
    this.told = () => {
      this.told = undefined
      written()
    }
    return true
  }

  override disarm(): void {
    this.told = undefined
  }
}

/** A reader that counts its looks at the file. */
function countedReader(path: string): { readonly reader: LogReader; looks: number } {
  const reader = new LogReader(openHandle(path))
  const counted = { reader, looks: 0 }
  const dataVersion = reader.dataVersion.bind(reader)
  reader.dataVersion = () => {
    counted.looks++
    return dataVersion()
  }
  return counted
}

test('listeners hear of new events, once, and of no other write to the file', async () => {
  const store = await openTestStore()
  const hint = new WriteHint(`${store.path}-wal`)
  const watch = new CommitWatch(new LogReader(openHandle(store.path)), hint, never)
  let calls = 0
  const end = watch.add(() => calls++)
  const callsAfterLook = async () => {
    watch.look()
    await new Promise(setImmediate)
    return calls
  }

  openHandle(store.path).exec('CREATE TABLE totals (cents INTEGER)')
  expect(await callsAfterLook()).toBe(0)
  await store.append('account-1', [opened])
  expect(await callsAfterLook()).toBe(1)
  expect(await callsAfterLook()).toBe(1)
  end()
  await store.append('account-1', [{ type: 'Closed', data: {} }])
  expect(await callsAfterLook()).toBe(1)
})

test('listeners hear at once of what this store has stored, and not again from the file', async () => {
  const store = await openTestStore()
  const watch = new CommitWatch(new LogReader(openHandle(store.path)), new ToldHint(''), never)
  let calls = 0
  const end = watch.add(() => calls++)
  const { position } = await store.append('account-1', [opened])
  watch.stored([], position)
  watch.stored([], position)
  await new Promise(process.nextTick)
  expect(calls).toBe(1)
  expect(watch.look()).toBe(true)
  await new Promise(process.nextTick)
  expect(calls).toBe(1)
  end()
})

describe('when nobody writes', () => {
  test('it waits for a hint in place of polling, and polls again after it', async () => {
    const store = await openTestStore()
    const counted = countedReader(store.path)
    const hint = new ToldHint('')
    const watch = new CommitWatch(counted.reader, hint, 1)
    let calls = 0
    const end = watch.add(() => calls++)
    await expect.poll(() => hint.isArmed).toBe(true)
    const looks = counted.looks
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(counted.looks).toBe(looks)

    // The write that sets off the hint comes before its commit.
    hint.told?.()
    await store.append('account-1', [opened])
    await expect.poll(() => calls).toBe(1)
    await expect.poll(() => hint.armed).toBe(2)
    end()
    expect(hint.isArmed).toBe(false)
  })

  test('it finds what is written while the hint is being armed', async () => {
    const store = await openTestStore()
    const other = openHandle(store.path)
    const hint = new ToldHint('')
    const watch = new CommitWatch(new LogReader(openHandle(store.path)), hint, 1)
    const arm = hint.arm.bind(hint)
    hint.arm = (written) => {
      other.exec('INSERT INTO eventfold_wake_ups VALUES (1, 1) ON CONFLICT DO UPDATE SET count = count + 1')
      return arm(written)
    }
    let calls = 0
    const end = watch.add(() => calls++)
    await expect.poll(() => calls).toBeGreaterThan(1)
    end()
  })

  test('an append of this store ends the rest', async () => {
    const store = await openTestStore()
    const hint = new ToldHint('')
    const watch = new CommitWatch(new LogReader(openHandle(store.path)), hint, 1)
    const end = watch.add(() => {})
    await expect.poll(() => hint.isArmed).toBe(true)
    watch.stored([], (await store.append('account-1', [opened])).position)
    expect(hint.isArmed).toBe(false)
    await expect.poll(() => hint.isArmed).toBe(true)
    end()
  })

  test('where there are no hints it goes on polling', async () => {
    const store = await openTestStore()
    const counted = countedReader(store.path)
    const hint = new ToldHint('')
    hint.isPossible = false
    const watch = new CommitWatch(counted.reader, hint, 1)
    let calls = 0
    const end = watch.add(() => calls++)
    await expect.poll(() => counted.looks).toBeGreaterThan(30)
    await store.append('account-1', [opened])
    await expect.poll(() => calls).toBe(1)
    end()
  })

  test('hints that do not come are found out, and done without', async () => {
    const store = await openTestStore()
    const other = openHandle(store.path)
    const counted = countedReader(store.path)
    const hint = new ToldHint('')
    const watch = new CommitWatch(counted.reader, hint, 1, 2)
    const end = watch.add(() => {})
    for (let write = 1; write <= 3; write++) {
      await expect.poll(() => hint.armed).toBe(write)
      other.exec(`CREATE TABLE totals_${write} (cents INTEGER)`)
    }
    const { looks } = counted
    await expect.poll(() => counted.looks).toBeGreaterThan(looks + 30)
    expect(hint.armed).toBe(3)
    end()
  })
})

test('a write to a file sets off the hint, once', async () => {
  const store = await openTestStore()
  const hint = new WriteHint(`${store.path}-wal`)
  let hints = 0
  expect(hint.arm(() => hints++)).toBe(true)
  for (let write = 0; write < 10; write++) await store.append('account-1', [opened])
  await expect.poll(() => hints).toBe(1)
  expect(hint.isArmed).toBe(false)
  expect(new WriteHint(`${store.path}-missing`).arm(() => {})).toBe(false)
})
