import { describe, expect, it } from 'vitest'
import { choicesOf, fieldsOf, toSend, type Schema } from '@/core/forms'

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

it('choices are those of oneOf and enum', () => {
  expect(choicesOf(SCHEMA.properties!.kind)![0]).toEqual({ value: 'first', title: 'First' })
  expect(choicesOf({ enum: [1] })).toEqual([{ value: '1', title: '1' }])
  expect(choicesOf({ type: 'string' })).toBeNull()
})
