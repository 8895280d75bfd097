package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store"
)

// TestUpload sends a file through the page in parts: it pauses, goes on, and the page shows it.
func TestUpload_pauses_goes_on_and_the_file_is_there(t *testing.T) {
	p := portal(t)
	b := open(t, chrome(t), p, "release-manager")
	var id string
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, `SELECT id FROM release WHERE state = 'draft'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("/o/%d/releases/%s", p.World.Organisations["vendor"].Number, id)
	b.get(at)
	ask[bool](b, `(() => { const form = document.querySelector('form[data-upload]');
		form.dataset.part = '100000';
		const chosen = new DataTransfer();
		chosen.items.add(new File([new Uint8Array(3000000)], 'in-parts.zip'));
		form.querySelector('input[type=file]').files = chosen.files;
		form.requestSubmit();
		return true })()`)
	b.until("a part has come", `document.querySelector('progress').value > 0`)
	ask[bool](b, `(document.querySelector('[data-pause]').click(), true)`)
	b.until("it is paused", `document.querySelector('[data-state]').textContent.startsWith('Paused at')`)
	stands := ask[float64](b, `document.querySelector('progress').value`)
	time.Sleep(300 * time.Millisecond)
	if now := ask[float64](b, `document.querySelector('progress').value`); now != stands || now == 1 {
		t.Errorf("paused at %v, then %v", stands, now)
	}
	if !ask[bool](b, guarded) {
		t.Error("the page can be left without a question")
	}
	ask[bool](b, `(document.querySelector('[data-resume]').click(), true)`)
	b.until("the page shows the file", `document.querySelector('a[download]') !== null && (document.body?.innerText ?? '').includes('in-parts.zip') && document.querySelector('[data-upload-list]').hidden`)
	var size int64
	if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		size, err = store.One[int64](tx, `SELECT size FROM release_file WHERE name = 'in-parts.zip'`)
		return err
	}); err != nil || size != 3_000_000 {
		t.Errorf("%d bytes, %v", size, err)
	}
	ask[bool](b, `(() => { const form = document.querySelector('form[data-upload]');
		form.dataset.part = '1000';
		const chosen = new DataTransfer();
		chosen.items.add(new File([new Uint8Array(3000000)], 'stopped.zip'));
		form.querySelector('input[type=file]').files = chosen.files;
		form.requestSubmit();
		return true })()`)
	b.until("a part has come", `document.querySelector('progress').value > 0`)
	ask[bool](b, `(document.querySelector('[data-stop]').click(), true)`)
	b.until("its row is gone", `document.querySelector('[data-upload-list] li') === null`)
	b.get(at)
	if strings.Contains(ask[string](b, `document.body.innerText`), "stopped.zip") {
		t.Error("what was stopped is there")
	}
}
