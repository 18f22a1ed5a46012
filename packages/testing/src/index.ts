export { type CheckResult, checkProjection, type ProjectionCheckOptions } from './check-projection.ts'
export { checkReactor, type ReactorCheckOptions } from './check-reactor.ts'
export type { GivenEvent } from './given-event.ts'
export {
  type ExpectedError,
  type Given,
  type Specification,
  type SpecificationOptions,
  specify,
  type When,
} from './specify.ts'
export {
  type GivenDocuments,
  type ProjectionSpecification,
  type ProjectionSpecificationOptions,
  specifyProjection,
} from './specify-projection.ts'
export { type TestClock, testClock, testIds } from './test-clock.ts'
