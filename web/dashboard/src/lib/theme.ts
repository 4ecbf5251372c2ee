import { kept } from './kept'

export type Theme = 'system' | 'light' | 'dark'

/** Shows the theme now and at the next start, before the account is known. */
export function applyTheme(theme: string): void {
  kept.set('theme', theme)
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  else delete document.documentElement.dataset.theme
}

export const startTheme = (): void => applyTheme(kept.get('theme') ?? 'system')
