import { fileURLToPath } from 'node:url'
import uniModule from '@dcloudio/vite-plugin-uni'
import { defineConfig, type Plugin } from 'vite'

// The plugin is CommonJS: bundlers and node see its default export differently.
const plugin = uniModule as unknown as { default?: typeof uniModule }
const uni = plugin.default ?? uniModule

/** uni-app's own style sheet asks a foreign host for a shadow that no page shows. */
const nothingForeign: Plugin = {
  name: 'nothing-foreign',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !/\.(css|wxss|acss)$/.test(file.fileName)) continue
      file.source = String(file.source).replace(/url\(["']?https?:[^)]*\)/g, 'none')
    }
  },
}

export default defineConfig({
  plugins: [uni(), nothingForeign],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Old phones: WeChat's own engine still meets ES2018. Left to itself, uni-app spends half of a build
  // in terser for a fortieth of the size, and does not minify for Alipay at all.
  build: { target: 'es2018', minify: 'esbuild' },
})
