/** Large text (elder mode): kept on the phone, and with the account once there is one. */

import { ref } from 'vue'

const STORED = 'large'

export const large = ref(false)

/** Take what was chosen before; a phone set to large letters begins large. */
export function startPreferences(): void {
  const chosen = uni.getStorageSync(STORED) as boolean | ''
  const setting = (uni.getSystemInfoSync() as { fontSizeSetting?: number }).fontSizeSetting ?? 16
  large.value = chosen === '' ? setting > 20 : chosen
}

/** Make the text large, or plain. */
export function enlarge(wanted: boolean): void {
  large.value = wanted
  uni.setStorageSync(STORED, wanted)
}
