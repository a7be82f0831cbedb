/**
 * `node tests/bundle.mjs mp-weixin`: run a built mini-program in a bare JavaScript engine.
 *
 * The engine has the language and a host that answers nothing: no window, no document, no fetch.
 * Every page and part is loaded and registered, the app is launched, and what is missing throws.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'

const target = process.argv[2]
const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', target)
const registered = { App: 0, Page: 0, Component: 0 }
const launched = []

/** The functions of the hosts that the sources and uni-app's runtime call; all answer nothing. */
const NAMES = [
  ...new Set(
    readdirSync(join(root, '..', '..', 'src'), { recursive: true, encoding: 'utf-8' })
      .filter((name) => /\.(vue|ts)$/.test(name))
      .map((name) => readFileSync(join(root, '..', '..', 'src', name), 'utf-8'))
      .flatMap((text) => [...text.matchAll(/\buni\.(\w+)/g)].map((match) => match[1])),
  ),
  'setStorage',
  'getStorage',
  'onMemoryWarning',
  'onAppShow',
  'onAppHide',
  'onError',
  'onUnhandledRejection',
  'onPageNotFound',
  'onThemeChange',
  'onKeyboardHeightChange',
  'nextTick',
  'createSelectorQuery',
]
const system = { language: 'zh-CN', platform: 'test', SDKVersion: '3.0.0', version: '8', brand: '' }
const host = {
  ...Object.fromEntries(NAMES.map((name) => [name, () => undefined])),
  getStorageSync: () => (target === 'mp-weixin' ? '' : { data: null }),
  getStorageInfoSync: () => ({ keys: [] }),
  getSystemInfoSync: () => system,
  getAppBaseInfo: () => system,
  getDeviceInfo: () => system,
  getWindowInfo: () => ({ windowWidth: 390, windowHeight: 844 }),
  getLaunchOptionsSync: () => ({}),
  getEnterOptionsSync: () => ({}),
  canIUse: () => false,
}
const register = (kind) => (options) => {
  registered[kind] += 1
  if (kind === 'App') launched.push(options)
  return options
}
/** uni-app's runtime catches what an app throws and writes it down; here it is the end. */
function fail(...words) {
  console.error(...words)
  process.exitCode = 1
}
const world = vm.createContext({
  [target === 'mp-weixin' ? 'wx' : 'my']: host,
  App: register('App'),
  Page: register('Page'),
  Component: register('Component'),
  Behavior: (options) => options,
  getApp: () => launched[0],
  getCurrentPages: () => [],
  console: { ...console, error: fail, warn: () => undefined },
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
})
vm.runInContext('var global = globalThis', world)

const loaded = new Map()
function load(file) {
  const path = existsSync(file) ? file : `${file}.js`
  if (loaded.has(path)) return loaded.get(path).exports
  const module = { exports: {} }
  loaded.set(path, module)
  const code = `(function (exports, require, module) {${readFileSync(path, 'utf-8')}\n})`
  const run = vm.runInContext(code, world, { filename: path })
  run(module.exports, (name) => load(join(dirname(path), name)), module)
  return module.exports
}

load(join(root, 'app.js'))
const app = JSON.parse(readFileSync(join(root, 'app.json'), 'utf-8'))
const packages = app.subPackages ?? app.subpackages ?? []
const pages = [
  ...app.pages,
  ...packages.flatMap((one) => one.pages.map((page) => join(one.root, page))),
]
const parts = new Set()
function partsOf(page) {
  const { usingComponents = {} } = JSON.parse(readFileSync(join(root, `${page}.json`), 'utf-8'))
  for (const path of Object.values(usingComponents)) {
    const part = path.startsWith('/') ? path.slice(1) : join(dirname(page), path)
    if (parts.has(part)) continue
    parts.add(part)
    partsOf(part)
  }
}
for (const page of pages) {
  partsOf(page)
  load(join(root, `${page}.js`))
}
for (const part of parts) load(join(root, `${part}.js`))
launched[0]?.onLaunch?.call(launched[0], {})
console.log(JSON.stringify({ pages: pages.length, parts: parts.size, ...registered }))
