import { describe, expect, it } from 'vitest'
import { joined, partsOf, whole } from '@/core/dates'

describe('a day in three numbers', () => {
  it.each([
    ['2026-03-07', { year: '2026', month: '3', day: '7' }],
    ['2026/3/7', { year: '2026', month: '3', day: '7' }],
    ['20260307', { year: '2026', month: '3', day: '7' }],
    ['2026年12月1日', { year: '2026', month: '12', day: '1' }],
    ['2026--', { year: '2026', month: '', day: '' }],
    ['', { year: '', month: '', day: '' }],
    // What is no date stays where it was typed.
    ['202603', { year: '202603', month: '', day: '' }],
  ])('%j is taken apart', (text, parts) => {
    expect(partsOf(text)).toEqual(parts)
  })

  it.each([
    [{ year: '2026', month: '3', day: '7' }, '2026-03-07'],
    [{ year: '2026', month: '03', day: '07' }, '2026-03-07'],
    [{ year: '2026', month: '', day: '7' }, '2026--07'],
    [{ year: '', month: '', day: '' }, ''],
  ])('%j is written as %j', (parts, text) => {
    expect(joined(parts)).toBe(text)
    expect(whole(text)).toBe(text === '2026-03-07')
    if (text.length === 10) expect(joined(partsOf(text))).toBe(text)
  })
})
