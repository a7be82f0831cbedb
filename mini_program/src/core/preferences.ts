/** The size of letters (elder mode, in two sizes): kept on the phone; that it is large, with the account too. */

import { computed, ref } from 'vue'
import { call, Problem } from './client'
import { setLanguage, type Lang } from './i18n'
import { sessions } from './session'

export type Size = 'plain' | 'large' | 'largest'

export const SIZES: Size[] = ['plain', 'large', 'largest']
const STORED = 'large'

export const size = ref<Size>('plain')
export const large = computed(() => size.value !== 'plain')

/** Take what was chosen before; a phone set to large letters begins large. */
export function startPreferences(): void {
  // Before there were two large sizes, the phone kept whether it was large.
  const kept = uni.getStorageSync(STORED) as Size | boolean | ''
  const setting = (uni.getSystemInfoSync() as { fontSizeSetting?: number }).fontSizeSetting ?? 16
  const chosen = kept === '' ? setting > 20 : kept
  size.value = typeof chosen === 'boolean' ? (chosen ? 'large' : 'plain') : chosen
}

/** Show letters of this size from now on. */
export function resize(wanted: Size): void {
  size.value = wanted
  uni.setStorageSync(STORED, wanted)
}

/** Show letters of the size that somebody chose, and keep it with the account. */
export function chooseSize(wanted: Size): void {
  resize(wanted)
  tell({ large_text: large.value })
}

/** Speak the language that somebody chose, and keep it with the account; rejects without a network. */
export async function chooseLanguage(wanted: Lang): Promise<void> {
  await setLanguage(wanted).catch(() => {
    throw new Problem(0, 'offline', '')
  })
  tell({ locale: wanted })
}

/** Keep a choice with the account too; the phone has it already, so a failure is no matter. */
function tell(body: { locale?: Lang; large_text?: boolean }): void {
  if (sessions.citizen) void call('patch', '/v1/me', { body }).catch(() => undefined)
}
