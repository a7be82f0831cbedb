import { asked, clear, stored, turns, type Turn } from './fake'
import { beforeEach, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { hall } from '@/staff/hall'
import { isCode, isIn, mayBeLetIn, useScans } from '@/staff/scans'

const ok = (ticket_number: string): Turn => ({
  status: 200,
  body: { result: 'ok', reason: null, appointment: { ticket_number } },
})
const refused = (reason: string): Turn => ({
  status: 200,
  body: { result: 'refused', reason, appointment: null },
})
const broken: Turn = { status: 422, body: { code: 'invalid_request', detail: 'No.' } }

const bodies = () => asked.map((one) => JSON.parse(one.data ?? '{}'))
const keys = () => asked.map((one) => one.header['Idempotency-Key'])
const quiet = () => new Promise((done) => setTimeout(done, 20))

beforeEach(() => {
  clear()
  hall.value = 'hall-1'
})

it('takes codes in their order, each by an attempt of its own, and tells what each ended with', async () => {
  const told: (string | undefined)[] = []
  turns.push(ok('A1'), refused('invalid'), ok('A2'))
  const { scans, take, busy } = useScans(ref(false), (answer) => told.push(answer?.result))
  take('111111')
  take('a.b.c')
  hall.value = 'hall-2'
  take('222222')
  expect(busy.value).toBe(true)
  expect(scans.value.map((one) => one.answer)).toEqual([null, null, null])
  await quiet()
  expect(bodies()).toEqual([
    { short_code: '111111', office_id: 'hall-1' },
    { pass: 'a.b.c' },
    { short_code: '222222', office_id: 'hall-2' },
  ])
  expect(new Set(keys()).size).toBe(3)
  expect(scans.value.map((one) => one.answer?.result)).toEqual(['ok', 'refused', 'ok'])
  expect(told).toEqual(['ok', 'refused', 'ok'])
  expect(busy.value).toBe(false)
})

it('begins none while something else is under way, and does not take one twice that waits', async () => {
  const others = ref(true)
  const { scans, take } = useScans(others, () => {})
  take('111111')
  take('111111')
  await quiet()
  expect(asked).toEqual([])
  expect(scans.value.length).toBe(1)
  turns.push(ok('A1'))
  others.value = false
  await quiet()
  expect(bodies().length).toBe(1)
  expect(scans.value.every(isIn)).toBe(true)
})

it('goes on after a failure, which stays until it is put away or its code comes again', async () => {
  turns.push(broken, refused('too_early'))
  const { scans, take, putAway } = useScans(ref(false), () => {})
  take('111111')
  take('222222')
  await quiet()
  for (let n = 0; n < 7; n += 1) {
    turns.push(ok(`A${n}`))
    take(`30000${n}`)
  }
  await quiet()
  expect(scans.value.map((one) => one.code)).toEqual([
    ...['111111', '222222'],
    ...['300002', '300003', '300004', '300005', '300006'],
  ])
  const [failed, early] = scans.value
  expect(failed.problem?.detail).toBe('No.')
  expect(mayBeLetIn(early)).toBe(true)
  turns.push(ok('B1'))
  take('222222', 'the bus was early')
  await quiet()
  expect(bodies().pop().override).toEqual({ reason: 'the bus was early' })
  expect(scans.value.filter((one) => one.code === '222222').every(isIn)).toBe(true)
  putAway('111111')
  expect(scans.value.some((one) => one.code === '111111')).toBe(false)
})

it('asks again by the same key where no answer came', async () => {
  vi.useFakeTimers()
  turns.push('cut', 'cut', 'cut')
  const { scans, take } = useScans(ref(false), () => {})
  take('111111')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(scans.value[0].problem?.code).toBe('offline')
  turns.length = 0
  turns.push(ok('A1'))
  take('111111')
  await vi.advanceTimersByTimeAsync(20)
  vi.useRealTimers()
  expect(scans.value.every(isIn)).toBe(true)
  expect(new Set(keys()).size).toBe(1)
  expect([...stored.keys()].some((name) => name.includes('attempt'))).toBe(false)
})

it('knows codes from names', () => {
  expect(['111111', 'a.b.c', 'Ab3Ab3Ab3Ab3Ab3A'].every(isCode)).toBe(true)
  expect(['张三', '1234', ''].some(isCode)).toBe(false)
})
