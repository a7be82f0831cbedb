import { describe, expect, it } from 'vitest'
import { linesOf, numberOf, typedOf } from '@/staff/sections'

describe('a fee as staff type it', () => {
  const [line] = linesOf('fee', { cents: 8050, currency: 'cny' })

  it('is in yuan', () => {
    expect(typedOf(line!)).toBe('80.5')
    expect(typedOf({ ...line!, value: null })).toBe('')
  })

  it.each([
    ['80.50', 8050],
    ['0.07', 7],
    ['1.005', 100],
    ['-1', -100],
    ['', null],
    ['八十', '八十'],
  ])('%s is read', (text, value) => {
    expect(numberOf('money', text)).toBe(value)
  })
})

it('a number that is none stays text, to be refused where it stands', () => {
  expect(numberOf('number', '3')).toBe(3)
  expect(numberOf('number', 'three')).toBe('three')
})
