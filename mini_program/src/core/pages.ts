/** Ways between the pages. */

import { address } from './client'

const TABS = ['home', 'mine', 'me']

/** Open a page on top of this one, or in its place where a mini-program has ten already. */
export function open(page: string, query: Record<string, unknown> = {}): void {
  const url = address(path(page), {}, query)
  if (TABS.includes(page)) uni.switchTab({ url })
  else uni.navigateTo({ url, fail: () => uni.redirectTo({ url }) })
}

/** Open a page in this one's place: there is no way back to what is done. */
export function replace(page: string, query: Record<string, unknown> = {}): void {
  const url = address(path(page), {}, query)
  if (TABS.includes(page)) uni.switchTab({ url })
  else uni.redirectTo({ url })
}

/** Go back, or home when the page was opened directly. */
export function back(home = 'home'): void {
  if (getCurrentPages().length > 1) uni.navigateBack()
  else uni.reLaunch({ url: path(home) })
}

function path(page: string): string {
  return page.includes('/') ? `/${page}` : `/pages/${page}`
}
