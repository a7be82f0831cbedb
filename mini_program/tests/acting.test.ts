import { clear, turns } from './fake'
import { beforeEach, expect, it } from 'vitest'
import { acting, actFor, keepToRights, loadRights } from '../src/core/acting'
import { sessions } from '../src/core/session'

const company = { organisation_id: 'o1', name: 'Company', status: 'active', role: 'agent' }
const mandate = { mandate_id: 'm1', for_name: 'Grandmother', relation: null }
const minute = 60_000
let now = 0

function answer(mandates: object[], organisations: object[]): void {
  for (const items of [mandates, organisations]) turns.push({ status: 200, body: { items } })
}

beforeEach(() => {
  clear()
  now += 10 * minute
  sessions.citizen = { access_token: 'a', refresh_token: 'r' } as typeof sessions.citizen
  actFor({ kind: 'organisation', id: 'o1', name: 'Company' })
})

it('goes on for whom one may act', async () => {
  answer([mandate], [company])
  await keepToRights(now)
  expect(acting.value?.id).toBe('o1')
})

it.each([
  ['is gone', []],
  ['is frozen', [{ ...company, status: 'frozen' }]],
  ['is only looked at', [{ ...company, role: 'viewer' }]],
])('stops for a company that %s', async (_, organisations) => {
  answer([mandate], organisations)
  await keepToRights(now)
  expect(acting.value).toBe(null)
})

it('asks once a minute, and not for who acts for nobody', async () => {
  answer([], [company])
  await keepToRights(now)
  answer([], [])
  await keepToRights(now + minute - 1)
  expect(acting.value?.id).toBe('o1')
  await keepToRights(now + minute)
  expect(acting.value).toBe(null)
})

it('stays as it is without a network', async () => {
  turns.push('cut', 'cut', 'cut', 'cut', 'cut', 'cut')
  await keepToRights(now)
  expect(acting.value?.id).toBe('o1')
})

it('names both kinds', async () => {
  answer([mandate], [company])
  expect((await loadRights()).map((one) => one.name)).toEqual(['Grandmother', 'Company'])
})
