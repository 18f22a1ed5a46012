import { setTimeout as sleep } from 'node:timers/promises'
import type { ChaosLedger } from './chaos-ledger.ts'
import type { ChaosProcess } from './chaos-process.ts'
import type { Random } from './random.ts'

/** Lets processes rebuild the read model, and kills them; the next goes on. The last is left alone until it is done. */
export async function rebuildUnderFire(
  start: (name: string) => ChaosProcess,
  random: Random,
  ledger: ChaosLedger,
  isOver: () => boolean,
): Promise<void> {
  for (let number = 1; ; number++) {
    const rebuilder = start(`rebuilder.${number}`)
    await rebuilder.ready()
    await sleep(random.below(1_500))
    if (isOver()) {
      const before = ledger.rebuilds
      for (let waited = 0; ledger.rebuilds === before && waited < 30_000; waited += 20) await sleep(20)
      if (ledger.rebuilds === before) ledger.violation('a rebuild does not end')
      return rebuilder.stop()
    }
    await rebuilder.kill()
  }
}
