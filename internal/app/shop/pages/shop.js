// The shop's one single-page corner: the address and the title change without a page load.
const glazes = {
  oat: ['Oat', 'Ash and feldspar over bare clay. Warm, a little rough at the foot.'],
  slate: ['Slate', 'Dipped twice. Grey in the morning, nearly blue at night.'],
  rust: ['Rust', 'Iron in the glaze does what it wants. No two are the same.'],
  ink: ['Ink', 'Cobalt and manganese. The one that shows the food best.'],
}

function show() {
  const [name, text] = glazes[location.pathname.split('/').pop()] ?? glazes.oat
  document.title = `${name} glaze · Kiln Street`
  const title = document.createElement('h2')
  const words = document.createElement('p')
  title.textContent = name
  words.textContent = text
  document.querySelector('#glaze').replaceChildren(title, words)
}

document.querySelector('.tabs').addEventListener('click', (e) => {
  const link = e.target.closest('a')
  if (!link) return
  e.preventDefault()
  history.pushState(null, '', link.href)
  show()
})
addEventListener('popstate', show)
show()
