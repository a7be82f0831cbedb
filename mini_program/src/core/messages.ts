/** Texts for the server's codes, actors and facts. */

import { officeName, serviceName } from './catalogue'
import { day, moment, money } from './format'
import { t, word, type Key } from './i18n'

/** Facts of an alert that a person can use; the rest is for the audit. */
const FACTS: Record<string, (value: string) => string> = {
  service: serviceName,
  office: officeName,
  office_id: officeName,
  receipt: (value) => value,
  promised_at: moment,
  due_at: moment,
  step: (value) => word('step', value),
  status: (value) => word('case', value),
  by: (value) => value,
  corrections: (value) => value,
  courier: (value) => value,
  issuer: (value) => value,
  subscriber: (value) => value,
  provider: (value) => word('provider', value),
  ours: cents,
  theirs: cents,
  date: day,
  proof: (value) => word('proof', value),
  number_of_things: (value) => value,
  things: (value) => value,
  case: (value) => value,
  appointment: (value) => value,
  delivery: (value) => value,
  payment: (value) => value,
}

/** Name who did something, from the history's `kind:id`. */
export function actorName(actor: string): string {
  const [kind, ...rest] = actor.split(':')
  const id = rest.join(':')
  const known = t(`actor.${kind === 'staff' || kind === 'citizen' ? kind : 'system'}`)
  return kind === 'staff' ? `${known} ${id}` : known
}

/** Write an alert's facts, each with its name. */
export function factsOf(facts: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(facts)
    .filter(([name, value]) => FACTS[name] && value)
    .map(([name, value]) => ({ name: t(`fact.${name}` as Key), value: FACTS[name](value) }))
}

function cents(value: string): string {
  return money({ cents: Number(value), currency: 'cny' })
}

/** Name somebody of the family: names are masked, so say who it is. */
export function memberName(one: { name: string; relation: string }): string {
  return t('family.named', { name: one.name, relation: word('relation', one.relation) })
}
