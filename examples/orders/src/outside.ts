import { defineService } from '@eventfold/core'
import { z } from 'zod'

/** The carrier: takes a parcel and tells its number. */
export const Carrier = defineService('carrier', {
  commands: { pickUp: z.object({ order: z.string() }), callBack: z.object({ order: z.string() }) },
  results: { pickUp: z.object({ parcel: z.string() }) },
})

/** Mail to the customer. */
export const Mail = defineService('mail', {
  commands: { send: z.object({ customer: z.string(), text: z.string() }) },
})
