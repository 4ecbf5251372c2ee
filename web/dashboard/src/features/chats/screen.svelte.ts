const query = matchMedia('(min-width: 1100px)')
let matches = $state(query.matches)
query.addEventListener('change', () => {
  matches = query.matches
})

/** Whether there is room for the options panel beside the thread. */
export const wide = {
  get now() {
    return matches
  },
}
