import type { zh } from './zh'

/** The English texts of bills and receipts. */
export const en: Record<keyof typeof zh, string> = {
  'bills.past': 'Bills before',
  'bills.none': 'There is no bill of yours.',
  'bills.unverified': 'Verify who you are, and your bills are shown here.',
  'bills.noSuch': 'There is no such bill. Please check the number and the code.',
  'bills.forOthers': 'Paid for others',
  'bills.lateFee': 'Late fee',
  'bills.rest': 'The rest of bill {number}, which was changed',
  'bills.code': 'Code (6 digits)',
  'bills.look': 'Find the bill',
  'bills.byNumber': 'Pay by number',
  'bills.byNumberHow': 'For your family, or a bill without your name: take the number and the code on it.',
  'bills.pay': 'Pay {sum}',
  'bills.wrong': 'Something in it is wrong',
  'bills.complain': 'Complain',
  'bills.about': 'About bill {number}: ',
  'receipt.none': 'There is no receipt yet.',
  'receipt.code': "The receipt's QR code",
  'receipt.verify': 'Anyone can scan the code to verify it.',
  'receipt.number': 'Receipt number',
  'receipt.service': 'Service',
  'receipt.office': 'Hall',
  'receipt.method': 'Paid by',
  'receipt.at': 'Paid at',
  'receipt.refunded': 'Given back',
  'receipt.keep': 'Save as PDF',
  'receipt.check': 'Verify a receipt',
  'receipt.checkHow':
    'Type the code or the address on a receipt to see whether it is genuine. It does not tell who paid.',
  'receipt.genuine': 'This receipt is genuine',
  'receipt.allBack': 'All of it was given back',
  'receipt.partBack': '{sum} was given back',
  'receipt.false':
    'There is no such receipt. Check each character of the code; if it still is not found, do not take it as proof of payment.',
}
