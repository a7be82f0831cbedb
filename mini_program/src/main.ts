import { createSSRApp } from 'vue'
import App from './App.vue'
import { startCells } from './core/cells'
import { IS_WEB } from './core/host'
import { initLanguage } from './core/i18n'

export function createApp() {
  // Before anything asks: names are read as soon as the language is known.
  startCells()
  const app = createSSRApp(App)
  const mount = app.mount
  // Shown once, in the right language: nothing of another flashes by. Mini-programs mount nothing.
  if (IS_WEB) app.mount = ((where: Element) => void initLanguage().then(() => mount(where))) as unknown as typeof mount
  return { app }
}
