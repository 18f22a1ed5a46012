export { MemoryTransaction } from './memory-transaction.ts'
export { type MemoryOptions, openMemory } from './open-memory.ts'
