import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
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

/** What any first page needs; the rest is fetched with the page that needs it. */
const FIRST = /node_modules|uni:|\0|\/src\/(App|core(?!\/(texts\/en|dates|finding|history|paper))|pages\/home|parts\/(Screen|TabBar|LoadingState|ProblemNotice|StatusBadge|BillCell|ElderHome))/

/** Browsers ask for many small files one after another; a slow network pays for each. */
const fewFiles: Plugin = {
  name: 'few-files',
  enforce: 'post',
  config: () => ({
    define: Object.fromEntries(
      ['ES', 'FR', 'ZH_HANT'].map((one) => [`__UNI_FEATURE_I18N_${one}__`, 'false']),
    ),
    build: {
      rollupOptions: {
        output: {
          manualChunks: (id: string) => (FIRST.test(id) ? 'first' : undefined),
        },
      },
    },
  }),
}

/** The pages that show a pass, and what leads to them. */
const OFFLINE = /\/pages\/(home|mine|appointment|pass)\.vue|core\/texts\/en\.ts/

/** The worker that keeps these pages for when there is no network, with the names of their files. */
const worker: Plugin = {
  name: 'worker',
  enforce: 'post',
  generateBundle(_, bundle) {
    const files = new Set(Object.keys(bundle).filter((one) => /assets\/uni\..*css$/.test(one)))
    const keep = (name: string) => {
      const chunk = bundle[name]
      if (!chunk || chunk.type !== 'chunk' || files.has(name)) return
      files.add(name)
      chunk.viteMetadata?.importedCss.forEach((one) => files.add(one))
      chunk.imports.forEach(keep)
    }
    for (const [name, chunk] of Object.entries(bundle)) {
      if (chunk.type !== 'chunk') continue
      if (chunk.isEntry || chunk.moduleIds.some((one) => OFFLINE.test(one))) keep(name)
    }
    const list = JSON.stringify([...files].sort().map((one) => `/${one}`))
    const source = readFileSync(new URL('./worker.js', import.meta.url), 'utf-8')
    this.emitFile({
      type: 'asset',
      fileName: 'worker.js',
      source: source
        .replace('const FILES = []', `const FILES = ${list}`)
        .replace('DIGEST', createHash('sha256').update(list).digest('hex').slice(0, 12)),
    })
  },
}

/** Beside each file its compressed forms, for hosts that serve such (RFC 7932, RFC 1952). */
const compressed: Plugin = {
  name: 'compressed',
  writeBundle({ dir }) {
    const folder = join(dir!, 'assets')
    for (const name of readdirSync(folder).filter((one) => /\.(js|css)$/.test(one))) {
      const whole = readFileSync(join(folder, name))
      writeFileSync(join(folder, `${name}.br`), brotliCompressSync(whole))
      writeFileSync(join(folder, `${name}.gz`), gzipSync(whole, { level: 9 }))
    }
  },
}

const forBrowsers = process.env.UNI_PLATFORM === 'h5' ? [fewFiles, worker, compressed] : []

export default defineConfig({
  plugins: [uni(), nothingForeign, ...forBrowsers],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Old phones: WeChat's own engine still meets ES2018. Left to itself, uni-app spends half of a build
  // in terser for a fortieth of the size, and does not minify for Alipay at all.
  build: { target: 'es2018', minify: 'esbuild' },
})
