export { checkHistories } from './check-histories.ts'
export { checkPayloads } from './check-payloads.ts'
export type { CheckOptions } from './check-property.ts'
export { checkRaces } from './check-races.ts'
