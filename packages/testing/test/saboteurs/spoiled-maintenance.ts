import type { MaintenanceAdapter, StoreAdapter } from '@eventfold/core/adapter'
import { DelegatingAdapter } from './delegating-adapter.ts'

export type MaintenanceSpoiler = (healthy: MaintenanceAdapter) => Partial<MaintenanceAdapter>

/** Spoils one of the calls that close streams and remove events. */
export class SpoiledMaintenance extends DelegatingAdapter {
  readonly #spoil: MaintenanceSpoiler

  constructor(inner: StoreAdapter, spoil: MaintenanceSpoiler) {
    super(inner)
    this.#spoil = spoil
  }

  override get maintenance(): MaintenanceAdapter {
    const healthy = super.maintenance
    return {
      lock: (transaction) => healthy.lock(transaction),
      setClosed: (stream, isClosed, transaction) => healthy.setClosed(stream, isClosed, transaction),
      removeBefore: (stream, before, transaction) => healthy.removeBefore(stream, before, transaction),
      isRemoved: (position) => healthy.isRemoved(position),
      listMarks: (after, limit) => healthy.listMarks(after, limit),
      putMarks: (marks) => healthy.putMarks(marks),
      ...this.#spoil(healthy),
    }
  }
}
