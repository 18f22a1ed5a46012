/** Tells the time. An argument wherever time matters, so that tests decide what time it is. */
export type Clock = () => Date

/** Makes a new id, a UUID. An argument wherever ids are made, so that tests decide them. */
export type IdSource = () => string
