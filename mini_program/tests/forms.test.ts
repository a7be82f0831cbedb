import { describe, expect, it } from 'vitest'
import { choicesOf, datesOutOfOrder, fieldsOf, inWords, toSend, type Schema } from '@/core/forms'

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    kind: { type: 'string', oneOf: [{ const: 'first', title: 'First' }, { const: 'lost' }] },
    lost_on: { type: 'string', format: 'date' },
    urgent: { type: 'boolean' },
    reason: { type: 'string' },
    copies: { type: 'integer' },
    agent: { type: 'string' },
    agent_phone: { type: 'string' },
  },
  required: ['kind', 'urgent'],
  allOf: [
    {
      if: { properties: { kind: { const: 'lost' } }, required: ['kind'] },
      then: { required: ['lost_on'] },
    },
    {
      if: { properties: { urgent: { const: true } }, required: ['urgent'] },
      then: { required: ['reason'] },
    },
  ],
  dependentRequired: { agent: ['agent_phone'] },
}
const names = (form: object) => fieldsOf(SCHEMA, { ...form }).map((field) => field.name)

describe('the fields of a form', () => {
  it('hide what only a condition asks for', () => {
    expect(names({})).toEqual(['kind', 'urgent', 'copies', 'agent'])
  })

  it.each([
    [{ kind: 'lost' }, 'lost_on'],
    [{ urgent: 'true' }, 'reason'],
    [{ agent: '王安' }, 'agent_phone'],
  ])('show what %j asks for', (form, name) => {
    const field = fieldsOf(SCHEMA, form).find((one) => one.name === name)
    expect(field?.required).toBe(true)
  })

  it('are marked as required only when they are', () => {
    const required = fieldsOf(SCHEMA, {}).filter((field) => field.required)
    expect(required.map((field) => field.name)).toEqual(['kind', 'urgent'])
  })
})

describe('what is sent', () => {
  it('has numbers as numbers, answers as booleans, and nothing hidden or empty', () => {
    const form = { kind: 'first', urgent: 'false', reason: 'x', copies: '3', agent: '', lost_on: '1' }
    expect(toSend(SCHEMA, form)).toEqual({ kind: 'first', urgent: false, copies: 3 })
  })

  it('leaves what is no number to the server to refuse', () => {
    expect(toSend(SCHEMA, { copies: 'three' })).toEqual({ copies: 'three' })
  })
})

describe('dates', () => {
  const bounded = (name: string, earliest: string[], latest: string[]) => ({
    [name]: {
      type: 'string',
      'x-not-before': earliest,
      'x-not-after': latest,
      'x-messages': {
        'x-not-before': earliest.map((one) => `not before ${one}`),
        'x-not-after': latest.map((one) => `not after ${one}`),
      },
    },
  })
  const dated: Schema = {
    properties: {
      ...bounded('from', ['2026-12-01'], ['2031-12-01']),
      ...bounded('to', ['from'], ['2031-12-01']),
      ...bounded('mother', ['1900-01-01'], ['2026-12-01']),
      ...bounded('born', ['1900-01-01', 'mother'], ['2026-12-01']),
      ...bounded('month', ['2000-01-01'], ['2028-12-01']),
    },
  }
  const told = (form: object, before = {}) =>
    datesOutOfOrder(dated, { ...form }, before).map((one) => [one.pointer, one.detail])

  it.each([
    [{ from: '2026-11-30' }, '/form/from', 'not before 2026-12-01'],
    [{ from: ' 2031-12-02 ' }, '/form/from', 'not after 2031-12-01'],
    [{ from: '2027-01-02', to: '2027-01-01' }, '/form/to', 'not before from'],
    [{ mother: '330203198503070012', born: '1980-01-01' }, '/form/born', 'not before mother'],
    [{ mother: '33020320990307001x' }, '/form/mother', 'not after 2026-12-01'],
    [{ month: '2029-01' }, '/form/month', 'not after 2028-12-01'],
  ])('%j is told at %s', (form, pointer, words) => {
    expect(told(form)).toEqual([[pointer, words]])
  })

  it.each([
    {},
    { from: '2026-12-01', to: '2026-12-01' },
    { from: '2026-1', to: 'soon' },
    { from: '2026-02-30' },
    { mother: 'E12345678', born: '2020-01-01' },
    { month: '2028-12' },
  ])('%j is let pass, or left to the server', (form) => {
    expect(told(form)).toEqual([])
  })

  it('that lay ahead when the form was lodged may have passed', () => {
    const form = { from: '2026-11-01' }
    expect(told(form, form)).toEqual([])
    expect(told(form, { from: '2026-10-01' })).toHaveLength(1)
  })
})

it('choices are those of oneOf and enum', () => {
  expect(choicesOf(SCHEMA.properties!.kind)![0]).toEqual({ value: 'first', title: 'First' })
  expect(choicesOf({ enum: [1] })).toEqual([{ value: '1', title: '1' }])
  expect(choicesOf({ type: 'string' })).toBeNull()
})

describe('a value', () => {
  it.each([
    [true, 'Yes'],
    [false, 'No'],
    ['first', 'First'],
    ['else', 'else'],
    [['first', 'else'], 'First、else'],
    [7, '7'],
  ])('%j is said as the form says it', (value, words) => {
    expect(inWords(SCHEMA.properties?.kind ?? {}, value, 'Yes', 'No')).toBe(words)
  })
})
