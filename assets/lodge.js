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

// What is under way (data-live: where it is told) is asked for every other second; when it has ended the whole page is asked for.
const live = async part => {
  for (;;) {
    part.querySelector('[data-refresh]')?.remove(); // the way of those without a script
    await new Promise(later => { setTimeout(later, document.hidden ? 10000 : 2000); });
    let answer, text;
    try {
      answer = await fetch(part.dataset.live, { headers: { 'Lodge-Fragment': '1' } });
      text = await answer.text();
    } catch { continue; } // no connection: the next one tells
    if (!answer.ok && answer.status >= 500) continue;
    const next = answer.headers.get('Lodge-Fragment') && new DOMParser().parseFromString(text, 'text/html').querySelector('[data-live]');
    if (!next) {
      if (unsaved.size === 0) location.reload();
      return;
    }
    part.replaceWith(next);
    part = next;
  }
};
for (const part of document.querySelectorAll('[data-live]')) live(part);

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

// Files of a release (data-upload: where they go) are sent in parts, so that a broken connection costs one part and a pause nothing.
// What was begun is remembered here by name, size and date: who chooses the same file again goes on where it stood.
const tus = { 'Tus-Resumable': '1.0.0' };

class Upload {
  constructor(form, row, file) {
    this.form = form;
    this.row = row;
    this.file = file;
    this.memory = `upload ${form.dataset.upload} ${file.name} ${file.size} ${file.lastModified}`;
    this.state = row.querySelector('[data-state]');
    this.bar = row.querySelector('progress');
    this.offset = 0;
    row.querySelector('[data-name]').textContent = file.name;
    this.bar.setAttribute('aria-label', file.name);
    for (const act of ['pause', 'resume', 'stop']) row.querySelector(`[data-${act}]`).addEventListener('click', () => this[act]());
  }

  show(what, sent = this.offset) {
    const part = this.file.size ? sent / this.file.size : 1;
    const percent = String(Math.floor(100 * part));
    const text = this.state.dataset[what].replace('PERCENT', percent);
    this.bar.value = part;
    if (this.state.textContent !== text) this.state.textContent = text;
    this.row.querySelector('[data-pause]').hidden = what !== 'running' && what !== 'waiting';
    this.row.querySelector('[data-resume]').hidden = what !== 'paused';
    this.row.querySelector('[data-stop]').hidden = what === 'done' || what === 'failed';
  }

  // ask sends one request; a part says how far it is.
  ask(method, address, headers = {}, body = null) {
    return new Promise((done, broke) => {
      const x = this.request = new XMLHttpRequest();
      x.open(method, address);
      for (const [name, value] of Object.entries({ ...tus, ...headers })) x.setRequestHeader(name, value);
      if (body) x.upload.onprogress = event => this.show('running', this.offset + event.loaded);
      x.onload = () => done(x);
      x.onerror = x.onabort = x.ontimeout = broke;
      x.send(body);
    });
  }

  async begin() {
    const words = { filename: this.file.name };
    for (const name of ['kind', 'platform', 'arch']) words[name] = this.form.elements[name].value;
    const text = value => btoa(String.fromCharCode(...new TextEncoder().encode(value)));
    const x = await this.ask('POST', this.form.dataset.upload, { 'Upload-Length': this.file.size,
      'Upload-Metadata': Object.entries(words).map(([name, value]) => `${name} ${text(value)}`).join(',') });
    if (x.status !== 201) return x.status;
    this.address = x.getResponseHeader('Location');
    localStorage.setItem(this.memory, this.address);
    return 0;
  }

  // find asks how far an upload is that was begun before.
  async find() {
    this.address ||= localStorage.getItem(this.memory);
    if (!this.address) return this.begin();
    const x = await this.ask('HEAD', this.address);
    if (x.status === 404) {
      this.address = null;
      localStorage.removeItem(this.memory);
      this.offset = 0;
      return this.begin();
    }
    if (x.status === 200) this.offset = Number(x.getResponseHeader('Upload-Offset'));
    return x.status === 200 ? 0 : x.status;
  }

  // run goes on until the file is there, refused, paused or stopped; without a connection it waits and tries again.
  async run() {
    this.halted = null;
    for (let tries = 0; !this.halted; tries++) {
      try {
        this.show('running');
        let no = await this.find();
        while (!no && !this.halted) {
          const part = this.file.slice(this.offset, this.offset + Number(this.form.dataset.part));
          const x = await this.ask('PATCH', this.address, { 'Upload-Offset': this.offset, 'Content-Type': 'application/offset+octet-stream' }, part);
          if (x.status !== 204) { no = x.status; break; }
          this.offset = Number(x.getResponseHeader('Upload-Offset'));
          tries = 0;
          if (this.offset >= this.file.size) {
            localStorage.removeItem(this.memory);
            this.show('done');
            return true;
          }
        }
        if (no && no < 500 && no !== 409 && no !== 408 && no !== 429) {
          this.show('failed');
          return false;
        }
      } catch { /* no connection, or paused */ }
      if (this.halted) break;
      this.show('waiting');
      await new Promise(later => { this.wake = later; setTimeout(later, Math.min(1000 * 2 ** tries, 30000)); });
    }
    if (this.halted === 'paused') {
      this.show('paused');
      return new Promise(later => { this.goOn = () => later(this.run()); });
    }
    return false;
  }

  halt(how) {
    this.halted = how;
    this.request?.abort();
    this.wake?.();
  }

  pause() { this.halt('paused'); }

  resume() { this.goOn?.(); }

  async stop() {
    const paused = this.halted === 'paused';
    this.halt('stopped');
    if (paused) this.goOn = null;
    localStorage.removeItem(this.memory);
    try {
      if (this.address) await this.ask('DELETE', this.address);
    } catch { /* it expires by itself */ }
    this.row.remove();
    this.ended?.();
  }
}

for (const form of document.querySelectorAll('form[data-upload]')) {
  const field = form.querySelector('input[type=file]');
  const list = form.querySelector('[data-upload-list]');
  form.addEventListener('submit', async event => {
    const files = [...field.files];
    if (files.length === 0 || files.some(file => file.size > Number(form.dataset.most))) return; // the form itself says what is wrong
    event.preventDefault();
    event.stopPropagation();
    field.value = '';
    list.hidden = false;
    unsaved.add(form);
    let stored = 0;
    await Promise.all(files.map(file => {
      const row = form.querySelector('template').content.cloneNode(true).firstElementChild;
      list.append(row);
      const upload = new Upload(form, row, file);
      return new Promise(done => {
        upload.ended = done;
        upload.run().then(ok => { stored += ok ? 1 : 0; done(); });
      });
    }));
    unsaved.delete(form);
    if (stored > 0 && !list.querySelector('[data-stop]:not([hidden])')) location.reload();
  });
}

// Passkeys. A form with data-passkey (the options) is shown where the browser can do its part, and sent with the answer of an
// authenticator; data-passkey-fill also offers passkeys at the field of the address.
const passkey = async form => {
  const options = JSON.parse(form.dataset.passkey);
  const making = 'pubKeyCredParams' in options;
  const domain = making ? options.rp.id : options.rpId;
  const read = window.PublicKeyCredential?.[making ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'];
  if (!read || (location.hostname !== domain && !location.hostname.endsWith('.' + domain))) return;
  const field = form.querySelector('input[name$=passkey]');
  const failed = form.querySelector('[data-passkey-failed]');
  let waiting = new AbortController();

  const ask = more => navigator.credentials[making ? 'create' : 'get']({ publicKey: read.call(PublicKeyCredential, options), signal: waiting.signal, ...more });
  const send = answer => {
    field.value = JSON.stringify(answer);
    form.submit();
  };
  form.addEventListener('submit', async event => {
    event.preventDefault();
    event.stopPropagation(); // it is sent only with an answer
    waiting.abort();
    waiting = new AbortController();
    failed.hidden = true;
    try {
      send(await ask({}));
    } catch {
      failed.hidden = false;
    }
  });
  form.hidden = false;
  document.querySelector('[data-without-passkeys]')?.remove();
  if (!('passkeyFill' in form.dataset) || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  try {
    send(await ask({ mediation: 'conditional' }));
  } catch { /* the button, or nothing, was chosen instead */ }
};
for (const form of document.querySelectorAll('form[data-passkey]')) passkey(form);

// Who works for several organisations may switch in another tab. A page that was opened says for whom (data-as); the others ask
// whether that is still theirs, as they do when somebody looks at them again, and say so if it is not.
const here = document.body.dataset.as;
if (here) {
  const tabs = new BroadcastChannel('lodge-context');
  let asking = false;
  const look = async () => {
    if (asking || document.querySelector('[data-switched]')) return;
    asking = true;
    try {
      const answer = await fetch('/me/context?number=' + here, { headers: { 'Lodge-Fragment': '1' } });
      if (answer.status === 200 && answer.headers.get('Lodge-Fragment')) {
        const part = document.createElement('div');
        part.dataset.switched = '';
        part.innerHTML = await answer.text();
        document.getElementById('main').prepend(part);
        part.querySelector('[data-focus]')?.focus();
      }
    } catch { /* no connection: the next page says it */ }
    asking = false;
  };
  tabs.addEventListener('message', event => { if (event.data !== here) look(); });
  addEventListener('focus', look);
  tabs.postMessage(here);
}
