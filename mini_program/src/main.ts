import { createSSRApp } from 'vue'
import App from './App.vue'
import { IS_WEB } from './core/host'
import { initLanguage } from './core/i18n'

export function createApp() {
  const app = createSSRApp(App)
  const mount = app.mount
  // Shown once, in the right language: nothing of another flashes by. Mini-programs mount nothing.
  if (IS_WEB) app.mount = ((where: Element) => void initLanguage().then(() => mount(where))) as unknown as typeof mount
  return { app }
}
