/** A day as its three numbers, each as it is typed. */

export type DateParts = { year: string; month: string; day: string }

const WHOLE = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$|^(\d{4})(\d\d)(\d\d)$/

/** Take apart a date, or what `joined` made of an unfinished one. */
export function partsOf(text: string): DateParts {
  const whole = WHOLE.exec(text.trim())
  const numbers = whole ? whole.slice(1).filter(Boolean) : text.split('-')
  const [year = '', month = '', day = ''] = numbers
  return { year, month: bare(month), day: bare(day) }
}

/** Write a date as ISO 8601 does; one that is not finished keeps what is there. */
export function joined({ year, month, day }: DateParts): string {
  const written = [year, twoDigits(month), twoDigits(day)]
  return written.some(Boolean) ? written.join('-') : ''
}

/** Tell whether a date has all its numbers. */
export function whole(date: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(date)
}

function twoDigits(number: string): string {
  return /^\d$/.test(number) ? `0${number}` : number
}

function bare(number: string): string {
  return /^0\d$/.test(number) ? number.slice(1) : number
}
