/** Adds the texts of bills and receipts, whose package is loaded apart. */

import { addTexts } from '@/core/i18n'
import { en } from './en'
import { zh } from './zh'

addTexts({ 'zh-CN': zh, en })
