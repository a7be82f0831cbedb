/**
 * What an application form asks, from the service's JSON Schema (2020-12).
 *
 * A field that only a condition (`allOf` of `if`/`then`, or `dependentRequired`) asks for is shown
 * when the condition holds; the server has the last word on what is right.
 */

import type { FieldProblem } from './client'

export type Form = Record<string, unknown>
export type Schema = {
  title?: string
  'x-key'?: string
  description?: string
  type?: string
  format?: string
  const?: unknown
  enum?: unknown[]
  oneOf?: Schema[]
  items?: Schema
  examples?: unknown[]
  maxLength?: number
  properties?: Record<string, Schema>
  required?: string[]
  allOf?: Schema[]
  anyOf?: Schema[]
  not?: Schema
  if?: Schema
  then?: Schema
  else?: Schema
  dependentRequired?: Record<string, string[]>
  'x-not-before'?: string[]
  'x-not-after'?: string[]
  'x-messages'?: Partial<Record<Bound, string[]>>
}
type Bound = 'x-not-before' | 'x-not-after'
const ISO_DATE = /^\d{4}-\d\d-\d\d$/
export type FormField = { name: string; schema: Schema; required: boolean }

/** Return the fields to show for what was filled in so far, in the schema's order. */
export function fieldsOf(schema: Schema, form: Form): FormField[] {
  const always = new Set(schema.required ?? [])
  const asked = new Set([...always, ...conditional(schema, form)])
  const hidden = new Set([...everConditional(schema)].filter((name) => !asked.has(name)))
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => !hidden.has(name))
    .map(([name, one]) => ({ name, schema: one, required: asked.has(name) }))
}

/** Return the titles of all fields, for those who read what was filled in. */
export function titlesOf(schema: Schema): Record<string, string> {
  const fields = Object.entries(schema.properties ?? {})
  return Object.fromEntries(fields.map(([name, one]) => [name, one.title ?? name]))
}

/** Return the names of what a service asks for, by the pointers that remarks carry. */
export function titlesOfGuide(guide: {
  form_schema: object
  materials: { material_id: string; name: string }[]
}): Record<string, string> {
  const fields = Object.entries(titlesOf(guide.form_schema as Schema))
  return Object.fromEntries([
    ...fields.map(([name, title]) => [`/form/${name}`, title]),
    ...guide.materials.map((paper) => [`/materials/${paper.material_id}`, paper.name]),
  ])
}

/** Return what those fields are called which others know by these keys. */
export function titlesByKey(schema: Schema, keys: string[]): (string | undefined)[] {
  return Object.values(schema.properties ?? {})
    .filter((one) => keys.includes(one['x-key'] ?? ''))
    .map((one) => one.title)
}

/** Return the choices of a field, or null when it is free text. */
export function choicesOf(schema: Schema): { value: string; title: string }[] | null {
  if (schema.oneOf) {
    return schema.oneOf.map((one) => ({ value: String(one.const), title: one.title ?? '' }))
  }
  if (schema.enum) return schema.enum.map((one) => ({ value: String(one), title: String(one) }))
  return null
}

/** Write a value as the form itself says it; `yes` and `no` are the words for a boolean. */
export function inWords(schema: Schema, value: unknown, yes: string, no: string): string {
  if (typeof value === 'boolean') return value ? yes : no
  const choices = choicesOf(schema.items ?? schema) ?? []
  const said = (one: unknown) => choices.find((each) => each.value === String(one))?.title ?? String(one)
  return Array.isArray(value) ? value.map(said).join('、') : said(value)
}

/** Return the form as the server takes it: shown fields with a value, numbers as numbers. */
export function toSend(schema: Schema, form: Form): Form {
  const sent: Form = {}
  for (const { name, schema: one } of fieldsOf(schema, form)) {
    const value = typed(one, form[name])
    if (value !== undefined) sent[name] = value
  }
  return sent
}

/**
 * Return what the server would say of each date that is beyond a bound, by its pointer.
 *
 * Bounds are dates or names of other fields. Days of `before`, a form that is corrected, may have
 * passed since.
 */
export function datesOutOfOrder(schema: Schema, form: Form, before: Form = {}): FieldProblem[] {
  return fieldsOf(schema, form).flatMap(({ name, schema: one }) => {
    const found = (['x-not-before', 'x-not-after'] as const).flatMap((keyword) =>
      (one[keyword] ?? []).flatMap((bound, at) => {
        const when = dateOf(form[name])
        const limit = dateOf(bound) || dateOf(form[bound])
        const early = keyword === 'x-not-before'
        const passed = early && dateOf(bound) && form[name] === before[name]
        const wrong = when && limit && !passed && (early ? when < limit : when > limit)
        return wrong ? [one['x-messages']?.[keyword]?.[at] ?? ''] : []
      }),
    )
    const pointer = `/form/${name}`
    return found.slice(0, 1).map((detail) => ({ pointer, code: 'out_of_range', detail }))
  })
}

/** Return the date of a text: a day, a month's first, the birth in an identity number; else ''. */
function dateOf(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : ''
  const birth = /^[1-9]\d{5}(\d{4})(\d\d)(\d\d)\d{3}[\dXx]$/.exec(text)
  const day = birth ? birth.slice(1).join('-') : /^\d{4}-\d\d$/.test(text) ? `${text}-01` : text
  // 2026-02-30 is no date: the server says so.
  const exists = ISO_DATE.test(day) && new Date(`${day}T00:00:00Z`).getUTCDate() === Number(day.slice(8))
  return exists ? day : ''
}

function typed(schema: Schema, value: unknown): unknown {
  if (value === undefined || value === null || value === '') return undefined
  if (Array.isArray(value)) return value.length ? value : undefined
  if (schema.type === 'boolean') return value === true || value === 'true'
  if (schema.type === 'integer' || schema.type === 'number') {
    const number = Number(value)
    return Number.isFinite(number) ? number : value
  }
  return typeof value === 'string' ? value.trim() : value
}

function conditional(schema: Schema, form: Form): string[] {
  const found: string[] = []
  for (const rule of rulesOf(schema)) {
    const branch = matches(rule.if ?? {}, schema, form) ? rule.then : rule.else
    found.push(...(branch?.required ?? []))
  }
  for (const [name, needs] of Object.entries(schema.dependentRequired ?? {})) {
    if (present(form[name])) found.push(...needs)
  }
  return found
}

function everConditional(schema: Schema): Set<string> {
  const needs = Object.values(schema.dependentRequired ?? {}).flat()
  const rules = rulesOf(schema).flatMap((rule) => [
    ...(rule.then?.required ?? []),
    ...(rule.else?.required ?? []),
  ])
  return new Set([...needs, ...rules])
}

function rulesOf(schema: Schema): Schema[] {
  return [schema, ...(schema.allOf ?? [])].filter((rule) => rule.if)
}

function matches(condition: Schema, whole: Schema, form: Form): boolean {
  if ((condition.required ?? []).some((name) => !present(form[name]))) return false
  for (const [name, wanted] of Object.entries(condition.properties ?? {})) {
    const value = typed(whole.properties?.[name] ?? {}, form[name])
    if (value !== undefined && !fits(wanted, value)) return false
  }
  if (condition.not && matches(condition.not, whole, form)) return false
  if (condition.anyOf && !condition.anyOf.some((one) => matches(one, whole, form))) return false
  return (condition.allOf ?? []).every((one) => matches(one, whole, form))
}

function fits(wanted: Schema, value: unknown): boolean {
  if ('const' in wanted && wanted.const !== value) return false
  if (wanted.enum && !wanted.enum.includes(value)) return false
  return !(wanted.not && fits(wanted.not, value))
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
