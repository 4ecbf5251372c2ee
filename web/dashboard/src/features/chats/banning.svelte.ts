let chat = $state('')

/** The chat over which the ban form is open: the options panel and the palette both open it. */
export const banning = {
  get chat() {
    return chat
  },
  open(id: string) {
    chat = id
  },
  close() {
    chat = ''
  },
}
