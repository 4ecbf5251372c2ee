import type { Person, Team, VisitorMessage, VisitorSession, WidgetSettings } from '@parley/core'

/** What the widget is shown with, in its own language. */
export interface Sample {
  team: Team
  session: VisitorSession
  messages: VisitorMessage[]
}

const words = {
  en: {
    names: ['Ana', 'Ben', 'Mira'],
    said: [
      ['v', 'Hello, do you ship the speckled mugs to Prague?'],
      ['v', 'It is a gift, so I need it by Friday.'],
      ['joined', ''],
      ['a', 'Hi Maria, yes, we do.'],
      ['a', 'Ordered before noon, it arrives on Thursday. All about it: https://example.com/shipping'],
      ['v', 'Wonderful. Then four of them, please.'],
    ],
  },
  ar: {
    names: ['ليلى', 'باسم', 'منى'],
    said: [
      ['v', 'مرحبًا، هل يتحمل وعاء التقديم الكبير حرارة الفرن؟'],
      ['joined', ''],
      ['a', 'أهلًا بك. نعم، حتى 220 درجة مئوية.'],
      ['a', 'من الأفضل أن يدخل الفرن وهو بارد، ثم ترفع الحرارة.'],
      ['v', 'ممتاز، شكرًا جزيلًا. وهل توصلون إلى عمّان؟'],
    ],
  },
} as const

/** A conversation of some minutes ago. */
export function sample(language: string, now: number): Sample {
  const { names, said } = language === 'ar' ? words.ar : words.en
  const agents: Person[] = names.map((name, i) => ({ id: `agent-${i}`, name }))
  const messages = said.map(([kind, text], i): VisitorMessage => {
    const base = { seq: i + 1, id: `m${i}`, at: now - (said.length - i) * 60_000 }
    if (kind === 'joined') return { ...base, kind, from: 'system', author: agents[0] }
    return kind === 'v'
      ? { ...base, kind: 'text', from: 'visitor', text }
      : { ...base, kind: 'text', from: 'agent', author: agents[0], text }
  })
  const last = messages.length
  return {
    team: { status: 'online', agents },
    messages,
    session: {
      id: 'session',
      active: true,
      started_at: messages[0]?.at ?? now,
      last,
      marks: { visitor_got: last, visitor_read: last, team_got: last, team_read: last },
    },
  }
}

/** Settings to begin with, until the page around tells others. */
export const settings: WidgetSettings = {
  version: 'preview',
  name: 'Kiln Street',
  colour: { fill: '#3550bf', on_fill: '#ffffff', text_light: '#2f48b0', text_dark: '#a9b8fa', soft_light: '#e8ecfa', soft_dark: '#232a4c' },
  theme: 'system',
  corner: 'end',
  language: 'auto',
  greeting: {},
  sound: false,
  faces: true,
  brand: true,
  typing_preview: true,
  early_cookie: false,
  offline_form: true,
}
