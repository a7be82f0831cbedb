/** The states of a page that reads, and of a button that does. */

import { ref, shallowRef } from 'vue'
import { Problem } from './client'
import { t } from './i18n'

/** Say a problem in the person's words. */
export function explain(problem: Problem): string {
  if (problem.code === 'offline') return t('problem.offline')
  if (problem.status === 401) return t('problem.login')
  return problem.detail || t('problem.other')
}

/** Read something for a page: what came, what went wrong, and whether it is on its way. */
export function useReading<T>(read: () => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const busy = ref(false)
  let latest = 0
  async function load(): Promise<void> {
    const mine = (latest += 1)
    busy.value = true
    try {
      const found = await read()
      if (mine !== latest) return
      data.value = found
      problem.value = null
    } catch (error) {
      if (mine === latest) problem.value = asProblem(error)
    }
    if (mine === latest) busy.value = false
  }
  return { data, problem, busy, load }
}

/** Do something at a tap, once at a time; the problem stays until the next tap. */
export function useDoing() {
  const problem = shallowRef<Problem | null>(null)
  const busy = ref(false)
  async function run(act: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = null
    try {
      await act()
    } catch (error) {
      problem.value = asProblem(error)
    }
    busy.value = false
    return problem.value === null
  }
  return { problem, busy, run }
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  console.error(error)
  return new Problem(0, 'unexpected', '')
}
