/** The paper of the printer of tickets that stands beside this device: 58 or 80 millimetres. */

import { computed, ref } from 'vue'
import { t } from './i18n'

const STORED = 'kiosk.paper'

export const paper = ref(String(uni.getStorageSync(STORED) || '80'))
export const papers = computed(() => ['58', '80'].map((mm) => ({ value: mm, title: t('slip.mm', { mm }) })))

/** Print on this paper from now on. */
export function printOn(wanted: string): void {
  paper.value = wanted
  uni.setStorageSync(STORED, wanted)
}
