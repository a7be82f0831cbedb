import { expect, it } from 'vitest'
import { verify, type History } from '@/core/history'
// A case as the server answered it; docs/verify_history.py says the same of it.
import known from './history.json'

const read = (): History => JSON.parse(JSON.stringify(known)) as History

it('finds a history whole, anchored and signed', async () => {
  expect(await verify(read())).toEqual({ whole: true, first: null, anchored: true, signed: true })
})

it('finds one whole that no anchor covers yet', async () => {
  const found = await verify({ ...read(), proof: null })
  expect(found).toEqual({ whole: true, first: null, anchored: false, signed: null })
})

type Change = (one: History) => unknown
const BROKEN: [string, Change, number][] = [
  ['a time', (one) => (one.items[1].at = '2020-01-01T00:00:00+08:00'), 2],
  ['a shown word', (one) => (one.items[0].shown[0].value = 'nobody'), 1],
  ['the middle', (one) => one.items.splice(1, 1), 2],
  ['the end', (one) => one.items.pop(), 3],
]
const UNPROVEN: [string, Change][] = [
  ['the root', (one) => (one.proof!.anchor.root = '00')],
  ['the place', (one) => (one.proof!.index += 1)],
  ['the path', (one) => one.proof!.path.pop()],
  ['the hash', (one) => (one.proof!.hash = '00')],
]
const UNSIGNED: [string, Change][] = [
  ['the day', (one) => (one.proof!.anchor.date = '2020-01-01')],
  ['the signature', (one) => (one.proof!.anchor.signature = 'AAAA')],
  ['another key', (one) => (one.proof!.key.x = 'AA')],
]

it.each(BROKEN)('finds where it was changed: %s', async (_, change, first) => {
  const history = read()
  change(history)
  expect(await verify(history)).toMatchObject({ whole: false, first })
})

it.each(UNPROVEN)('finds a proof that proves something else: %s', async (_, change) => {
  const history = read()
  change(history)
  expect(await verify(history)).toMatchObject({ whole: false, anchored: false })
})

it.each(UNSIGNED)('finds a signature that is none: %s', async (_, change) => {
  const history = read()
  change(history)
  expect(await verify(history)).toMatchObject({ whole: false, signed: false })
})
