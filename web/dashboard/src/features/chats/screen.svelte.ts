function media(text: string) {
  const query = matchMedia(text)
  let matches = $state(query.matches)
  query.addEventListener('change', () => {
    matches = query.matches
  })
  return {
    get now() {
      return matches
    },
  }
}

/** Whether there is room for the options panel beside the thread. */
export const wide = media('(min-width: 1100px)')

/** Whether lists and what they open are two views. */
export const small = media('(max-width: 720px)')
