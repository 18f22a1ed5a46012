// Loaded before the command line: makes the packages of the stores look as if they were not installed.

import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === '@eventfold/sqlite' || specifier === 'pg') {
      const error = new Error(`Cannot find package '${specifier}' imported from ${context.parentURL}`)
      throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' })
    }
    return nextResolve(specifier, context)
  },
})
