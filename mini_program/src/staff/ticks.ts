/** What a clerk has looked at and found right; it is theirs while the page is open, and kept nowhere. */

import { reactive } from 'vue'

type Row = { pointer: string; seen: string }

const ticks = reactive(new Set<string>())

/** A field that was changed since is to be looked at again. */
function nameOf(case_id: string, row: Row): string {
  return `${case_id} ${row.pointer} ${row.seen}`
}

/** Tell whether a field or a paper, as it is now, was found right. */
export function isTicked(case_id: string, row: Row): boolean {
  return ticks.has(nameOf(case_id, row))
}

/** Note that a field or a paper was found right, or take that back. */
export function tickOff(case_id: string, row: Row): void {
  const name = nameOf(case_id, row)
  if (!ticks.delete(name)) ticks.add(name)
}
