/** Consents to messages of the host, asked for when the person has just done what they are about. */

import { call } from './client'
import { requestSubscribeMessage, IS_WEB } from './host'
import { t } from './i18n'
import { sessions } from './session'

type Known = { template: string; platform_template_id: string | null }
let known: Known[] = []

/** Read which templates the host can ask for: the question itself must follow a tap at once. */
export async function prepareConsent(): Promise<void> {
  if (IS_WEB || !sessions.citizen) return
  known = (await call('get', '/v1/me/subscriptions')).items
}

/** Ask, and tell the server what was agreed to; the inbox shows everything in any case. */
export async function consent(subscriptions: string[]): Promise<void> {
  const wanted = known.filter((one) => subscriptions.includes(one.template))
  const ids = wanted.flatMap((one) => one.platform_template_id ?? [])
  const agreed = await requestSubscribeMessage(ids)
  for (const template of agreed) {
    await call('post', '/v1/me/subscriptions', { body: { template, count: 1 } })
  }
  uni.showToast({ title: t(agreed.length ? 'consent.yes' : 'consent.inbox'), icon: 'none' })
}
