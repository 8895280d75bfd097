// The portal's own script. It only adds comfort: every page works without it, and nothing here decides anything.

const editing = target => target.closest('input, textarea, select, [contenteditable]');

// Menus: one open at a time, closed by a click elsewhere and by Escape, which gives the focus back.
const openMenus = () => document.querySelectorAll('details.l-menu[open]:not(.is-open)');

document.addEventListener('click', event => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener('keydown', event => {
  if (event.key === 'Escape') {
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
    return;
  }
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || editing(event.target)) return;
  const search = document.getElementById('q');
  if (search) {
    event.preventDefault();
    search.focus();
  }
});

// A refused form: the summary gets the focus, so that it is read first.
document.querySelector('[data-focus]')?.focus();

// Forms with data-guard ask before what was typed is lost.
let typed = false;
for (const form of document.querySelectorAll('form[data-guard]')) {
  form.addEventListener('input', () => { typed = true; });
}
addEventListener('beforeunload', event => {
  if (typed) event.preventDefault();
});

// A form is sent once: while it is under way its button says so. Back and forward show a page that can be used again.
document.addEventListener('submit', event => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  typed = false;
  if (form.method !== 'post') return;
  form.dataset.sent = '1';
  const button = event.submitter;
  if (button && document.body.dataset.busy) {
    button.dataset.label = button.innerHTML;
    button.setAttribute('aria-busy', 'true');
    // Not disabled: a disabled button's name and value would not be sent.
    queueMicrotask(() => { button.textContent = document.body.dataset.busy; });
  }
});
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll('[aria-busy]')) {
      button.removeAttribute('aria-busy');
      if (button.dataset.label) button.innerHTML = button.dataset.label;
    }
  }
});

// Copy buttons are there only where there is a clipboard.
for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });
}

// Chosen files are named beside the button that hides the browser's own field.
for (const list of document.querySelectorAll('output[data-chosen]')) {
  const field = document.getElementById(list.dataset.chosen);
  field?.addEventListener('change', () => { list.textContent = Array.from(field.files, file => file.name).join(', '); });
}
