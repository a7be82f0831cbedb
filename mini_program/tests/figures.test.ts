import './fake'
import { expect, it } from 'vitest'
import { barsOf, monthBefore, REPORTS, valueOf, written, type Row } from '@/staff/figures'

const ROWS: Row[] = [
  { date: '2026-12-01', category: 'identity', served: 10, waiting_minutes: 4, serving_minutes: 9 },
  { date: '2026-12-02', category: 'identity', served: 30, waiting_minutes: 8, serving_minutes: 9 },
  { date: '2026-12-02', category: 'family', served: 0, waiting_minutes: null, serving_minutes: null },
]
const [waiting, , served] = REPORTS.waiting.figures

it('adds what is counted and weighs what is an average', () => {
  expect(valueOf(served, ROWS)).toBe(40)
  expect(valueOf(waiting, ROWS)).toBe(7)
  expect(valueOf(waiting, [ROWS[2]])).toBeNull()
})

it('tells groups apart and leaves out those of which nothing is known', () => {
  expect(barsOf(waiting, ROWS, 'category', (name) => name.toUpperCase())).toEqual([
    { label: 'IDENTITY', value: 7, written: '7' },
  ])
})

it('writes each unit as people do', () => {
  expect(written('money', 12345)).toBe('¥123.45')
  expect(written('money', 0)).toBe('¥0')
  // Prices of texts are thousandths of a yuan.
  expect(written('mills', 4050)).toBe('¥4.05')
  expect(written('share', 0.456)).toBe('46%')
  expect(written('share', 0.0047)).toBe('0.5%')
  expect(written('share', 0.00001)).toBe('0.1%')
  expect(written('share', 0)).toBe('0%')
  expect(written('score', 4.25)).toBe('4.3')
  expect(written('count', null)).toBe('–')
})

it('names the days of the month before', () => {
  expect(monthBefore('2026-12-01')).toEqual({ from: '2026-11-01', to: '2026-11-30' })
  expect(monthBefore('2028-03-31')).toEqual({ from: '2028-02-01', to: '2028-02-29' })
  expect(monthBefore('2027-01-15')).toEqual({ from: '2026-12-01', to: '2026-12-31' })
})
