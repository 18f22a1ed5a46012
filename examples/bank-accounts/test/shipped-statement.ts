import { fileURLToPath } from 'node:url'

export const shippedStatement = fileURLToPath(new URL('../statements/2024.csv', import.meta.url))
