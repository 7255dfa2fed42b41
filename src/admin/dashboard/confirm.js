import { byId } from './elements.js'
import { hasToken, setToken } from './server.js'

/** Asks before something is removed, and for the token where the page was not given it. True where it may be done. */
export function confirmPurge(text) {
  const dialog = byId('confirm')
  const field = dialog.querySelector('input')
  byId('confirm-text').textContent = text
  byId('confirm-token').hidden = hasToken()
  field.required = !hasToken()
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        const isWanted = dialog.returnValue === 'yes'
        if (isWanted && !hasToken()) setToken(field.value)
        field.value = ''
        resolve(isWanted)
      },
      { once: true },
    )
  })
}
