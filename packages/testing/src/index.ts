export { type CheckResult, checkProjection, type ProjectionCheckOptions } from './check-projection.ts'
export { checkReactor, type ReactorCheckOptions } from './check-reactor.ts'
export { checkSaga, type SagaCheckOptions } from './check-saga.ts'
export type { GivenEvent } from './given-event.ts'
export type { GivenInput } from './given-input.ts'
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
export { type ExpectedSaga, type SagaSpecification, specifySaga } from './specify-saga.ts'
export { type TestClock, testClock, testIds } from './test-clock.ts'
