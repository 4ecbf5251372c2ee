/** Adds a stylesheet to a shadow root. No style element: a strict host policy would not let it. */
export function addStyles(root: ShadowRoot, css: string) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  root.adoptedStyleSheets.push(sheet)
}

/** An icon from its path, without any markup to be parsed. */
export function icon(path: string): SVGElement {
  const make = (name: string, attribute: string, value: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    element.setAttribute(attribute, value)
    return element as SVGElement
  }
  const svg = make('svg', 'viewBox', '0 0 24 24')
  svg.append(make('path', 'd', path))
  return svg
}
