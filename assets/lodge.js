// The portal's own script. It only adds comfort: every page works without it, and nothing here decides anything.

const editing = target => target.closest('input, textarea, select, [contenteditable]');

// Menus: one open at a time, closed by a click elsewhere and by Escape, which gives the focus back.
const openMenus = () => document.querySelectorAll('details.l-menu[open]:not(.is-open)');

document.addEventListener('click', event => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Keys. Escape closes the menu and gives the focus back; a dialog does so by itself. The single keys do nothing while
// somebody types, and can be switched off: data-keys is on, rows (with j and k) or off.
const rowLinks = () => [...document.querySelectorAll('.l-table tbody th[scope=row] a')].filter(a => a.offsetParent);

const step = by => {
  const all = rowLinks();
  const at = all.indexOf(document.activeElement);
  (at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[at + by])?.focus();
};

const acts = {
  '/': () => document.getElementById('q')?.focus(),
  '?': () => document.getElementById('keys')?.showModal(),
  j: () => step(1),
  k: () => step(-1),
};

let gone = -Infinity; // when g was pressed

document.addEventListener('keydown', event => {
  if (event.key === 'Escape') {
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
    if (document.querySelector('.l-side:target')) { // the navigation of narrow pages
      location.hash = 'main';
      document.querySelector('.l-top .l-burger').focus();
    }
    return;
  }
  const keys = document.body.dataset.keys;
  if (!keys || keys === 'off' || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || editing(event.target) || document.querySelector('dialog:modal')) return;
  const after = event.timeStamp - gone < 1500;
  gone = event.key === 'g' ? event.timeStamp : -Infinity;
  const place = after && [...document.querySelectorAll('a[data-go]')].find(a => a.dataset.go === event.key);
  if (place) {
    event.preventDefault();
    place.click();
    return;
  }
  if (after || (keys !== 'rows' && 'jk'.includes(event.key))) return;
  const act = Object.hasOwn(acts, event.key) && acts[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

// A refused form: the summary gets the focus, so that it is read first.
document.querySelector('[data-focus]')?.focus();

// Forms with data-guard ask before what was typed into them is lost.
const unsaved = new Set();
for (const form of document.querySelectorAll('form[data-guard]')) {
  form.addEventListener('input', () => unsaved.add(form));
  if (form.querySelector('[aria-invalid]')) unsaved.add(form); // a refused form was never saved
}

// Half-written replies and notes (data-draft: where they are saved) are kept on the server a moment after the last key. Only
// the text: chosen files and states are not, so the guard still asks about those.
const drafting = form => {
  const field = form.querySelector('textarea');
  const state = form.querySelector('[data-draft-state]');
  const discard = form.querySelector('[data-draft-discard]');
  const known = form.elements.draft;
  let saved = field.defaultValue, timer = 0, sending = false, more = false;

  const show = text => {
    if (state.innerHTML !== text) state.innerHTML = text; // said aloud, so only when it says something new
  };
  const answered = async answer => {
    if (!answer.headers.get('Lodge-Fragment')) return false; // signed out, switched, or no such request any more
    show(await answer.text());
    if (!answer.ok) return answer.status !== 503;
    known.value = state.firstElementChild.dataset.known;
    discard.hidden = !('kept' in state.firstElementChild.dataset);
    return true;
  };
  const save = async last => {
    clearTimeout(timer);
    if (sending) { more = true; return; }
    if (field.value === saved) return;
    const text = field.value;
    const body = new URLSearchParams({ [field.name]: text });
    for (const hidden of form.querySelectorAll('input[type=hidden]:not([name=kept])')) body.append(hidden.name, hidden.value);
    sending = true;
    let ok = false, heard = false;
    try {
      const answer = await fetch(form.dataset.draft, { method: 'POST', body, headers: { 'Lodge-Fragment': '1' }, keepalive: last === true });
      heard = await answered(answer);
      ok = heard && answer.ok;
    } catch { /* no connection: said below, and tried again */ }
    sending = false;
    if (ok) {
      saved = text;
      if (field.value === text && !form.dataset.other) unsaved.delete(form);
    } else if (!heard) {
      show(form.dataset.draftFailed);
      timer = setTimeout(save, 15000);
    }
    if (more) { more = false; save(); }
  };

  form.addEventListener('input', event => {
    if (event.target !== field) { form.dataset.other = '1'; return; }
    clearTimeout(timer);
    timer = setTimeout(save, 1000);
  });
  form.addEventListener('submit', () => clearTimeout(timer));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && !form.dataset.sent) save(true);
  });
  form.querySelector('[data-draft-save]').hidden = !document.querySelector('[data-draft-newer]');
  if ('draftUrgent' in form.dataset) {
    saved = null;
    unsaved.add(form);
    save();
  }
};
for (const form of document.querySelectorAll('form[data-draft]')) drafting(form);

// A form is sent once: while it is under way its button says so. Who is asked and stays, and who comes back, finds a page
// that can be used again.
const release = () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll('[aria-busy]')) {
      button.removeAttribute('aria-busy');
      if (button.dataset.label) button.innerHTML = button.dataset.label;
    }
  }
};
document.addEventListener('submit', event => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  unsaved.delete(form);
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
addEventListener('beforeunload', event => {
  if (unsaved.size === 0) return;
  event.preventDefault();
  setTimeout(release, 100);
});
addEventListener('pageshow', release);

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
