/** Adds the texts of how one is told and by what one signs, whose package is loaded apart. */

import { addTexts } from '@/core/i18n'
import { en } from './en'
import { zh } from './zh'

addTexts({ 'zh-CN': zh, en })
