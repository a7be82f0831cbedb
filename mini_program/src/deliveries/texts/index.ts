/** Adds the texts of parcels and addresses, whose package is loaded apart. */

import { addTexts } from '@/core/i18n'
import { en } from './en'
import { zh } from './zh'

addTexts({ 'zh-CN': zh, en })
