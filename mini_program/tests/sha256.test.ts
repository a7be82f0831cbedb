import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
// What the pages carry; by its name Node would take its own.
import { sha256 } from '../node_modules/js-sha256/src/index.mjs'

it.each([0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 70001])('agrees for %i bytes', (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + length) % 256)
  expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
})
