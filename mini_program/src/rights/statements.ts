/** The texts of the privacy policy and of the accessibility statement, part by part. */

import type { Lang } from '@/core/i18n'

export type Part = { title: string; text: string }

export const POLICY: Record<Lang, Part[]> = {
  'zh-CN': [
    { title: '收集什么，为什么', text: '登录：平台给我们的编号，用来认出是您。实名：姓名和证件号码，用来核实身份、办理事项。手机号和地址：用来通知您、寄送证件。申请表和材料：只有事项需要的才要。位置：只在您点“最近的大厅”时用一次，不保存。' },
    { title: '敏感信息单独同意', text: '证件号码、位置、材料中的敏感内容，在用到之前单独征求您的同意；不同意时，可以到大厅窗口办理。' },
    { title: '怎么保存', text: '姓名、证件号、手机号、地址和申请内容都加密保存，每人一把密钥。工作人员每次查看都有记录，您随时能在“我的数据”看到。' },
    { title: '保存多久', text: '没交的草稿 90 天；没用上的文件 2 天；办件和缴费记录按档案和财务规定保存；注销账号后，您的密钥销毁，个人资料任何人都读不出来；7 天后，备份里的也读不出来。' },
    { title: '给谁', text: '办理您事项的部门；您选择寄送时的快递公司（收件人、电话、地址）；您缴费时的支付机构（金额和单号）；您同意接收消息时的微信或支付宝。不卖给任何人，不用来做广告，也不用它对您作歧视性的决定。' },
    { title: '未满十四周岁的孩子', text: '须由父母或其他监护人同意并代为办理。监护关系由登记机关或大厅窗口核实；孩子的资料只用于办理孩子自己的事项。' },
    { title: '您的权利', text: '在“我的数据”里可以查看、下载全部资料，撤回同意，注销账号；在“诉求”里可以要求更正，或对处理提出意见。撤回同意不影响撤回之前已经办好的事。' },
    { title: '版本', text: '2026 年 12 月版。内容改变时，会在您下次登录时重新征求同意。' },
  ],
  en: [
    { title: 'What is collected, and why', text: 'Log-in: the number that your platform gives us, to know you again. Identity: name and document number, to verify you and to do what you ask for. Phone and address: to tell you and to send documents. Forms and papers: only what the service needs. Your place: once, when you tap on the nearest hall; it is not kept.' },
    { title: 'What is sensitive is asked apart', text: 'Document numbers, your place, and what is sensitive in papers are asked about apart, before they are used. If you do not agree, every hall does the same at its counter.' },
    { title: 'How it is kept', text: 'Names, document numbers, phones, addresses and applications are encrypted, each person under a key of their own. Each look by staff is recorded, and you see it under My data.' },
    { title: 'For how long', text: 'Drafts that were not sent: 90 days. Files that were not used: 2 days. Records of applications and payments: as the rules for archives and accounts say. When you erase your account your key is destroyed, and nobody can read your data any more; after 7 days not in backups either.' },
    { title: 'With whom it is shared', text: 'The departments that decide your matter. The courier, when you choose one: name, phone and address. The payment provider, when you pay: the sum and a number. WeChat or Alipay, when you agreed to messages. It is sold to nobody, used for no advertising, and for no decision that treats you worse than others.' },
    { title: 'Children under 14', text: 'A parent or another guardian must agree and acts for the child. Who is a guardian is confirmed by the register or at a counter. What is known of the child serves the matters of the child alone.' },
    { title: 'Your rights', text: 'Under My data you see and take all of it, take back what you agreed to, and erase your account. By a question or complaint you ask for a correction, or object. What was done before you took something back stays done.' },
    { title: 'Version', text: 'December 2026. When the text changes you are asked again at your next log-in.' },
  ],
}

export const ACCESSIBILITY: Record<Lang, Part[]> = {
  'zh-CN': [
    { title: '我们的目标', text: '所有页面按 WCAG 2.2 的 AA 级和 GB/T 37668《信息技术 互联网内容无障碍可访问性技术要求与测试方法》制作，让老年人、视障和行动不便的人都能独立办事。' },
    { title: '已经做到', text: '大字模式把所有文字放大三分之一以上；屏幕阅读器能读出每个按钮、状态和错误；全部操作可以只用键盘；颜色对比足够，状态不只靠颜色表示；中英双语；每个版本都用自动工具检查每一页。' },
    { title: '还有不足', text: '部门上传的扫描件可能没有文字层；大厅地图由手机自带的地图显示，是否可读取决于它；缴费时的钱包页面由微信或支付宝提供。' },
    { title: '帮不上您时', text: '在“诉求”里告诉我们哪一页有问题，十个工作日内答复；也可以由家人、受托人代办，或到任何大厅窗口办理，有绿色通道。' },
  ],
  en: [
    { title: 'What we aim at', text: 'All pages are made by WCAG 2.2, level AA, and GB/T 37668, so that people who are old, who do not see well or who cannot move freely do everything by themselves.' },
    { title: 'What works', text: 'Large letters enlarge all text by a third or more. Screen readers say each button, state and error. Everything works by keyboard alone. Contrast is sufficient, and no state is told by colour alone. Both languages say the same. Tools check every page of each version.' },
    { title: 'What does not yet', text: 'Scans from departments may have no text. Maps are those of your phone, and as readable as they are. The page of the wallet is that of WeChat or Alipay.' },
    { title: 'When it does not help you', text: 'Tell us by a question or complaint which page does not work; you have an answer within ten working days. Family or somebody with a mandate may act for you, and every hall serves you at its counter, before others if you need it.' },
  ],
}
