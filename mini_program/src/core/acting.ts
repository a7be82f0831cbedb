/** For whom one acts on this phone: by a mandate, or for an organisation. Nobody stands for oneself. */

import { ref, watch } from 'vue'
import { serviceName } from './catalogue'
import { ofCity } from './cells'
import { call, type Schemas } from './client'
import { t, word } from './i18n'
import { sessions } from './session'

export type Right = { kind: 'mandate' | 'organisation'; id: string; name: string }
type Whom = { for_member: string | null; on_behalf_of: Schemas['OnBehalfOf'] | null }

const STORED = 'acting'

export const acting = ref<Right | null>(null)

/** Take whom one acted for before, on the same log-in. */
export function startActing(): void {
  acting.value = (uni.getStorageSync(ofCity(STORED)) as Right | '') || null
}

/** Act for somebody from now on, or for oneself. */
export function actFor(right: Right | null): void {
  acting.value = right
  if (right) uni.setStorageSync(ofCity(STORED), right)
  else uni.removeStorageSync(ofCity(STORED))
}

watch(
  () => sessions.citizen,
  (who) => {
    if (!who) actFor(null)
  },
)

/** Return those for whom one may act now, other than the family; who is none of them is left. */
export async function loadRights(): Promise<Right[]> {
  if (!sessions.citizen) return []
  const [mandates, organisations] = await Promise.all([
    call('get', '/v1/me/mandates', { query: { side: 'agent', status: 'active', limit: 100 } }),
    call('get', '/v1/me/organisations', { query: { limit: 100 } }),
  ])
  const people = mandates.items
    .filter((one) => !one.relation)
    .map((one) => ({ kind: 'mandate' as const, id: one.mandate_id, name: one.for_name ?? '' }))
  const companies = organisations.items
    .filter((one) => one.status === 'active' && one.role !== 'viewer')
    .map((one) => ({ kind: 'organisation' as const, id: one.organisation_id, name: one.name }))
  const found = [...people, ...companies]
  if (acting.value && !found.some((one) => choice(one) === choice(acting.value))) actFor(null)
  return found
}

const LOOK_AGAIN_MS = 60_000
let lookedAt = 0

/** Stop acting for somebody whose mandate was ended, or whose last day is over. */
export async function keepToRights(now = Date.now()): Promise<void> {
  if (!acting.value || now - lookedAt < LOOK_AGAIN_MS) return
  lookedAt = now
  // Without a network it stays as it is; the server has the last word.
  await loadRights().catch(() => [])
}

/** Write what a mandate allows, and for what. */
export function whatMay(one: Schemas['MandateView']): string {
  const acts = one.actions.map((action) => word('proxyAction', action)).join(t('proxy.and'))
  const of = one.services.includes('*')
    ? t('proxy.allServices')
    : one.services.map(serviceName).join(t('proxy.and'))
  return `${acts} · ${of}`
}

/** Name a choice of whom something is for: oneself, a member of the family, or by a right. */
export function choice(right: Right | null): string {
  return right ? `${right.kind}:${right.id}` : ''
}

/** Return for whom a choice is, as the server is told. */
export function whom(chosen: string): Whom {
  const [kind, id] = chosen.split(':')
  if (kind === 'mandate') return { for_member: null, on_behalf_of: { mandate_id: id } }
  if (kind === 'organisation') return { for_member: null, on_behalf_of: { organisation_id: id } }
  return { for_member: chosen || null, on_behalf_of: null }
}

/** Return by which right the reader acts for a thing's owner; nothing for what is the reader's. */
export function rightOf(one: {
  for_name?: string | null
  for_member?: string | null
  on_behalf_of?: Schemas['OnBehalfOf'] | null
}): Schemas['OnBehalfOf'] | null {
  if (!one.for_name || one.for_member || !one.on_behalf_of) return null
  const { mandate_id, organisation_id } = one.on_behalf_of
  return mandate_id ? { mandate_id } : { organisation_id }
}
