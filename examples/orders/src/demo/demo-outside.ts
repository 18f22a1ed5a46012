import { DomainError } from '@eventfold/core'
import type { Outside } from '../open-shop.ts'

/** A carrier that does not go everywhere, and a mail server that is down. */
export function demoOutside(): Outside {
  return {
    carrier: {
      pickUp({ order }) {
        if (order === 'nowhere') throw new DomainError('no-such-place', 'We do not go there.')
        return { parcel: `parcel of ${order}` }
      },
      callBack: () => {},
    },
    mail: {
      send() {
        throw new Error('The mail server does not answer.')
      },
    },
  }
}
