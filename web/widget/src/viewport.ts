/** On a phone, keeps the panel to what the keyboard leaves of the screen. */
export function coverKeyboard(panel: HTMLElement): () => void {
  const view = window.visualViewport
  if (!view) return () => {}
  const fit = () => {
    panel.style.setProperty('--view-height', `${view.height}px`)
    panel.style.setProperty('--view-top', `${view.offsetTop}px`)
  }
  fit()
  view.addEventListener('resize', fit)
  view.addEventListener('scroll', fit)
  return () => {
    view.removeEventListener('resize', fit)
    view.removeEventListener('scroll', fit)
  }
}
