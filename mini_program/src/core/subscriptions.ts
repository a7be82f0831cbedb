/** Consents to messages of the host, asked for when the person has just done what they are about. */

import { call } from './client'
import { askToSubscribe } from './host'
import { t } from './i18n'
import { sessions } from './session'

/** The templates of the account in WeChat's console, by occasion: set at build time. */
const TEMPLATES: Record<string, string[]> = JSON.parse(import.meta.env.VITE_TEMPLATES ?? '{}')

/** Ask, and tell the server what was agreed to; the inbox shows everything in any case. */
export async function consent(occasion: string): Promise<void> {
  const agreed = await askToSubscribe(TEMPLATES[occasion] ?? [])
  if (sessions.citizen) {
    for (const template of agreed) {
      await call('post', '/v1/me/subscriptions', { body: { template, count: 1 } })
    }
  }
  uni.showToast({ title: t(agreed.length ? 'consent.yes' : 'consent.inbox'), icon: 'none' })
}
