/** What one began before logging in goes on by itself after it. */

import { onShow } from '@dcloudio/uni-app'
import { open } from './pages'
import { sessions } from './session'

/** Return what leads to the log-in; who has logged in there is not asked to confirm `act` again. */
export function useLogin(act: () => unknown): () => void {
  let awaited = false
  onShow(() => {
    const goesOn = awaited && sessions.citizen
    awaited = false
    if (goesOn) void act()
  })
  return () => {
    awaited = true
    open('login')
  }
}
