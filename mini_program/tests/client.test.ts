import { beforeEach, expect, it, vi } from 'vitest'
import { asked, clear, stored, turns, type Turn } from './fake'
import { address, call, Problem } from '@/core/client'
import { keepSession, sessions } from '@/core/session'

const BOOKING = { service_id: 's', office_id: 'o', slot_id: 'x' }
const book = () => call('post', '/v1/appointments', { body: BOOKING })
const keys = () => asked.map((one) => one.header['Idempotency-Key'])

beforeEach(() => {
  clear()
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 1000 })
  keepSession('citizen', {
    access_token: 'old',
    refresh_token: 'r1',
    name: '',
    roles: [],
    office_ids: [],
  })
})

it('asks again with the same key when the network is cut', async () => {
  turns.push('cut', 'cut', { status: 201, body: { appointment_id: 'a' } })
  await expect(book()).resolves.toMatchObject({ appointment_id: 'a' })
  expect(new Set(keys()).size).toBe(1)
  expect(keys()).toHaveLength(3)
})

it('keeps the key of a request that was never answered, and not of one that was', async () => {
  turns.push('cut', 'cut', 'cut')
  await expect(book()).rejects.toMatchObject({ code: 'offline' })
  await book()
  expect(new Set(keys()).size).toBe(1)
  await book()
  expect(new Set(keys()).size).toBe(2)
})

it('keeps the key when the server says that it does not know how it ended', async () => {
  turns.push({ status: 500, body: { code: 'internal_error', detail: '' } })
  await expect(book()).rejects.toBeInstanceOf(Problem)
  await book()
  expect(new Set(keys()).size).toBe(1)
})

it('keeps the key after a 5xx for as long as the server remembers it, and no longer', async () => {
  turns.push({ status: 500 }, { status: 502 })
  await expect(book()).rejects.toBeInstanceOf(Problem)
  vi.setSystemTime(Date.now() + 23 * 60 * 60 * 1000)
  await expect(book()).rejects.toBeInstanceOf(Problem)
  expect(new Set(keys()).size).toBe(1)
  vi.setSystemTime(Date.now() + 2 * 60 * 60 * 1000)
  await book()
  expect(new Set(keys()).size).toBe(2)
})

it('drops keys of attempts that nobody came back to', async () => {
  turns.push({ status: 500 })
  await expect(book()).rejects.toBeInstanceOf(Problem)
  vi.setSystemTime(Date.now() + 25 * 60 * 60 * 1000)
  await call('post', '/v1/appointments', { body: { ...BOOKING, slot_id: 'y' } })
  expect([...stored.keys()].filter((name) => name.startsWith('attempt.'))).toEqual([])
})

it('gives two taps at the same moment one key', async () => {
  await Promise.all([book(), book()])
  expect(new Set(keys()).size).toBe(1)
})

it.each([400, 401, 404, 409, 422, 429])('drops the key after the definitive answer %d', async (status) => {
  turns.push({ status, body: { code: 'x', detail: '' } }, ...(status === 401 ? [{ status }] : []))
  await expect(book()).rejects.toBeInstanceOf(Problem)
  expect([...stored.keys()].filter((name) => name.startsWith('attempt.'))).toEqual([])
})

it('makes keys that the server takes', async () => {
  await book()
  expect(keys()[0]).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
})

it('gives another request another key', async () => {
  await book()
  await call('post', '/v1/appointments', { body: { ...BOOKING, slot_id: 'y' } })
  expect(new Set(keys()).size).toBe(2)
})

it('renews the token once for all calls that wait, and asks again', async () => {
  const refused = { status: 401, body: { code: 'token_expired', detail: '' } }
  const pair = { status: 200, body: { access_token: 'new', refresh_token: 'r2' } }
  turns.push(refused, refused, pair)
  await Promise.all([call('get', '/v1/me'), call('get', '/v1/me/family')])
  const renewals = asked.filter((one) => one.url.endsWith('/v1/login/refresh'))
  expect(renewals).toHaveLength(1)
  expect(asked.slice(-2).map((one) => one.header.Authorization)).toEqual(['Bearer new', 'Bearer new'])
  expect(sessions.citizen?.refresh_token).toBe('r2')
})

it('ends the session when the token cannot be renewed, and keeps what the person wrote', async () => {
  stored.set('draft.x', { form: {} })
  const refused = { status: 401, body: { code: 'token_expired', detail: '' } }
  turns.push(refused, { status: 401, body: { code: 'refresh_token_reused', detail: '' } })
  await expect(call('get', '/v1/me')).rejects.toMatchObject({ status: 401 })
  expect(sessions.citizen).toBeNull()
  expect(stored.has('draft.x')).toBe(true)
})

const expired = { status: 401, body: { code: 'token_expired', detail: '' } }
const session = (access_token: string, refresh_token: string) => ({
  ...{ access_token, refresh_token, name: '', roles: [], office_ids: [] },
})
const renewals = () => asked.filter((one) => one.url.endsWith('/v1/login/refresh'))

it('renews by the same key in each try and tab, and by another for the next token', async () => {
  const pair = { status: 200, body: { access_token: 'new', refresh_token: 'f.2.y' } }
  keepSession('citizen', session('old', 'f.1.x'))
  turns.push(expired, 'cut', pair)
  await call('get', '/v1/me')
  keepSession('citizen', session('old', 'f.1.x'))
  turns.push(expired, pair, { status: 200 }, expired, pair)
  await call('get', '/v1/me')
  await call('get', '/v1/me')
  const used = renewals().map((one) => one.header['Idempotency-Key'])
  expect(used).toEqual([used[0], used[0], used[0], used[3]])
  expect(used[3]).not.toBe(used[0])
  for (const key of used) expect(key).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
})

it('takes the session that another tab has renewed', async () => {
  keepSession('citizen', session('old', 'f.1.x'))
  stored.set('session.citizen', session('theirs', 'f.2.y'))
  turns.push(expired)
  await call('get', '/v1/me')
  expect(renewals()).toHaveLength(0)
  expect(asked[asked.length - 1].header.Authorization).toBe('Bearer theirs')
})

it('asks nothing again as someone else who logged in in another tab', async () => {
  keepSession('citizen', session('old', 'f.1.x'))
  stored.set('session.citizen', session('theirs', 'g.1.z'))
  turns.push(expired)
  await expect(book()).rejects.toMatchObject({ status: 401 })
  expect(asked).toHaveLength(1)
  expect(sessions.citizen?.access_token).toBe('theirs')
})

it('is logged out where another tab has logged out', async () => {
  stored.delete('session.citizen')
  turns.push(expired)
  await expect(call('get', '/v1/me')).rejects.toMatchObject({ status: 401 })
  expect(renewals()).toHaveLength(0)
  expect(sessions.citizen).toBeNull()
})

it.each<[string, Turn[]]>([
  ['is overloaded', [503, 503, 503].map((status) => ({ status }))],
  ['breaks', [{ status: 500 }]],
  ['is busy', [{ status: 429 }]],
])('stays logged in when the server %s while renewing', async (_, trouble) => {
  turns.push(expired, ...trouble)
  await expect(call('get', '/v1/me')).rejects.toBeInstanceOf(Problem)
  expect(sessions.citizen?.refresh_token).toBe('r1')
  expect(stored.has('session.citizen')).toBe(true)
})

it('tells every wrong field of a refusal', async () => {
  const errors = [{ pointer: '/form/x', code: 'required', detail: '请填写' }]
  turns.push({ status: 422, body: { code: 'incomplete', detail: 'd', errors } })
  await expect(book()).rejects.toMatchObject({ code: 'incomplete', errors })
})

it('fills names and queries, and leaves out what is not asked', () => {
  expect(address('/v1/x/{id}', { id: 'a/b' }, { q: '身份', none: null, zero: 0 })).toBe(
    '/v1/x/a%2Fb?q=%E8%BA%AB%E4%BB%BD&zero=0',
  )
})
