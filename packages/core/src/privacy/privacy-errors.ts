import { EventfoldError } from '../errors.ts'

/** Something personal was to be stored about somebody who is forgotten. */
export class SubjectForgottenError extends EventfoldError<'subject-forgotten'> {
  readonly subject: string
  readonly forgottenAt: Date

  constructor(subject: string, forgottenAt: Date) {
    super(
      'subject-forgotten',
      `${subject} was forgotten at ${forgottenAt.toISOString()}, so nothing personal is stored about them any more. ` +
        'Leave it out, or give a person who comes back a new id.',
    )
    this.subject = subject
    this.forgottenAt = forgottenAt
  }
}
