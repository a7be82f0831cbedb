/** Reactive state of reads (useQuery) and writes (useMutation). */

import { ref, shallowRef } from 'vue'
import { Problem } from './client'
import { isSecondTap } from './host'
import { t } from './i18n'
import { sessionOver } from './session'

/** Say a problem in the person's words; nothing was to be done where a page was only read. */
export function explain(problem: Problem, wasRead = false): string {
  if (problem.code === 'offline') return t(wasRead ? 'problem.unread' : 'problem.offline')
  // At the log-in itself, "log in first" would say nothing.
  if (problem.status === 401 && problem.code !== 'invalid_login_code') {
    return t(sessionOver() ? 'problem.expired' : 'problem.login')
  }
  return problem.detail || t('problem.other')
}

/** Hold the answer of a read, its problem, and whether it is under way; the latest `load` wins. */
export function useQuery<T>(read: () => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const busy = ref(false)
  let latest = 0
  async function load(): Promise<void> {
    const mine = (latest += 1)
    busy.value = true
    try {
      const answer = await read()
      if (mine !== latest) return
      data.value = answer
      problem.value = null
    } catch (error) {
      if (mine === latest) problem.value = asProblem(error)
    }
    if (mine === latest) busy.value = false
  }
  return { data, problem, busy, load }
}

/**
 * Run a write, one at a time; its problem stays until the next run. What it changed is read again
 * by `reload` before another may begin: a tap in between would speak of what is no more. The second
 * tap of a double one begins none: it was meant for what stood there at the first.
 */
export function useMutation() {
  const problem = shallowRef<Problem | null>(null)
  const busy = ref(false)
  async function run(act: () => Promise<void>, reload?: () => Promise<void>): Promise<boolean> {
    if (busy.value || isSecondTap()) return false
    busy.value = true
    problem.value = null
    try {
      await act()
    } catch (error) {
      problem.value = asProblem(error)
    }
    await reload?.()
    busy.value = false
    return problem.value === null
  }
  return { problem, busy, run }
}

/** Return what went wrong as a problem that can be said. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  console.error(error)
  return new Problem(0, 'unexpected', '')
}
