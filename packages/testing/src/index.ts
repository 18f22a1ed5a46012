export {
  type ExpectedError,
  type Given,
  type Specification,
  type SpecificationOptions,
  specify,
  type When,
} from './specify.ts'
export { type TestClock, testClock, testIds } from './test-clock.ts'
