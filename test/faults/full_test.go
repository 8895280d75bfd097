package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lodge/internal/platform/store"
)

// inRoom is the environment variable of a test that runs in a room of its own.
const inRoom = "FAULTS_ROOM"

// room runs the test once more, as a process that sees its own mounts: nothing is left on the machine when it ends, however it ends. Inside
// it gives a folder of so many bytes, where all temporary files go; outside "", and the test is over.
func room(t *testing.T, options string) string {
	t.Helper()
	if os.Getenv(inRoom) == "" {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), inRoom+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
		if id := os.Getuid(); id != 0 {
			cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
			t.Fatalf("%v\n%s", err, out)
		}
		return ""
	}
	if _, err := lodge(); err != nil { // built outside the small folder
		t.Fatal(err)
	}
	dir := filepath.Dir(t.TempDir()) // of all that the test asks for
	if err := syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	t.Setenv("TMPDIR", dir)
	return dir
}

// TestAttack_OPS_02: database, files and temporary files on a disk without room. What reads goes on, what writes says 503, nothing is left
// half there, and with room again the same form goes through.
func TestAttack_OPS_02_a_full_disk_stops_writing_and_nothing_else(t *testing.T) {
	dir := room(t, "size=320m") // the portal leaves 256 MB free
	if dir == "" {
		return
	}
	p := demo(t, "sqlite:"+filepath.Join(t.TempDir(), "lodge.db"))
	piotr := p.browser("support-advanced")
	ask, list, downloads := p.at("customer", "requests/new"), p.at("customer", "requests"), p.at("customer", "downloads")
	form := p.opened(piotr, ask)
	asked := func(title string) url.Values {
		f := url.Values{"product": {p.world.Products["main"]}, "kind": {"question"}, "severity": {"3"}, "title": {title}, "description": {strings.Repeat("No room. ", 1800)}}
		f.Set("_org", form.Get("_org"))
		f.Set("_key", title)
		return f
	}

	before := files(t, p.dir)
	full := fill(t, dir)
	for _, size := range []int{1 << 10, 8 << 20} { // the large one is on disk before anybody looks at it
		if s := p.attach(piotr, ask, asked("File without room"), size); s.code != http.StatusServiceUnavailable || s.retry == "" {
			t.Errorf("a file of %d bytes without room: %d, Retry-After %q", size, s.code, s.retry)
		}
	}
	var went []string // SQLite's log has some room of its own
	refused := ""
	for n := 0; refused == "" && n < 5000; n++ {
		title := fmt.Sprintf("Without room %04d", n)
		switch s := p.post(piotr, ask, asked(title)); s.code {
		case http.StatusSeeOther:
			went = append(went, title)
		case http.StatusServiceUnavailable:
			if refused = title; s.retry == "" {
				t.Error("no word when to come back")
			}
		default:
			t.Fatalf("%s: %d\n%s", title, s.code, p.log)
		}
	}
	for _, page := range []string{ask, list, downloads, "http://" + p.address + "/healthz"} {
		if s, _ := status(t, piotr, page); s != http.StatusOK {
			t.Errorf("reading without room: %d at %s", s, page)
		}
	}
	if after := files(t, p.dir); len(after) != len(before) {
		t.Errorf("files before: %d, without room: %d", len(before), len(after))
	}

	if err := os.Remove(full); err != nil {
		t.Fatal(err)
	}
	if s := p.post(piotr, ask, asked(refused)); s.code != http.StatusSeeOther {
		t.Errorf("the same form with room again: %d\n%s", s.code, p.log)
	}
	if s := p.attach(piotr, ask, asked("File without room"), 8<<20); s.code != http.StatusSeeOther {
		t.Errorf("the same file with room again: %d\n%s", s.code, p.log)
	}
	p.holds(append(went, refused, "File without room"))
	for path, mode := range files(t, filepath.Join(p.dir, "..")) {
		if within := strings.TrimPrefix(path, p.dir); mode.Perm()&0o077 != 0 && !strings.HasPrefix(within, "/files/") && filepath.Base(path) != "world.json" {
			t.Errorf("%s is %v: open to others", path, mode)
		}
	}
	if i, err := os.Stat(filepath.Join(p.dir, "files")); err != nil || i.Mode().Perm() != 0o700 {
		t.Errorf("the folder of files: %v %v", i.Mode(), err)
	}
}

// holds says so unless there is exactly one request of each title, and no other of this test.
func (p *portal) holds(titles []string) {
	p.t.Helper()
	db, err := store.Open(p.t.Context(), p.database, "")
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(p.t.Context(), func(tx *store.Tx) error {
		got, err := store.Query[string](tx, `SELECT title FROM ticket WHERE title LIKE '%ithout room%' ORDER BY title`)
		if slices.Sort(titles); !slices.Equal(got, titles) {
			p.t.Errorf("%d requests went through, there are %d: %q", len(titles), len(got), got)
		}
		return err
	})
	if err != nil {
		p.t.Error(err)
	}
	whole(p.t, p.database)
}

// TestAttack_OPS_02_log: a log that takes nothing holds nobody up.
func TestAttack_OPS_02_a_full_log_stops_nothing(t *testing.T) {
	p := demo(t, "sqlite:"+filepath.Join(t.TempDir(), "lodge.db"))
	p.cmd.Process.Kill()
	p.cmd.Wait()
	sink, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	p.address = free(t)
	p.cmd = exec.Command(p.cmd.Path, "serve", "--secrets", filepath.Join(p.dir, "lodge.key"), "--files", "file://"+filepath.Join(p.dir, "files"),
		"--mail", "capture:", "--listen", p.address, "--database", p.database)
	p.cmd.Stdout, p.cmd.Stderr = sink, sink
	p.begin()
	defer func() { p.cmd.Process.Kill(); p.cmd.Wait() }()
	anna := p.browser("customer-admin")
	if s, _, err := send(anna, p.at("customer", "contacts/new"), url.Values{"first_name": {"No"}, "last_name": {"Log"}, "email": {"no.log@kowalski-maszyny.example"}, "role": {"support-restricted"}}); s != http.StatusSeeOther {
		t.Errorf("without a log: %d %v", s, err)
	}
	if s, _ := status(t, anna, "http://"+p.address+"/o/1/nowhere"); s != http.StatusNotFound {
		t.Errorf("a refusal that cannot be logged: %d", s)
	}
}

// at is the address of a page of an organisation of the demo world.
func (p *portal) at(org, page string) string {
	return fmt.Sprintf("http://%s/o/%d/%s", p.address, p.world.Organisations[org].Number, page)
}

// opened are the hidden fields of a form.
func (p *portal) opened(c *http.Client, at string) url.Values {
	p.t.Helper()
	r, err := c.Get(at)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(string(b), -1) {
		form.Set(m[1], m[2])
	}
	return form
}

type answer struct {
	code  int
	retry string
}

func (p *portal) post(c *http.Client, at string, form url.Values) answer {
	p.t.Helper()
	return p.answer(c.PostForm(at, form))
}

// attach sends a form with a file of so many bytes.
func (p *portal) attach(c *http.Client, at string, form url.Values, size int) answer {
	p.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	err := error(nil)
	for name := range form {
		err = errors.Join(err, m.WriteField(name, form.Get(name)))
	}
	w, failed := m.CreateFormFile("files", "trace.log")
	if failed == nil {
		_, failed = w.Write(bytes.Repeat([]byte("line of a log\n"), size/14))
	}
	if err = errors.Join(err, failed, m.Close()); err != nil {
		p.t.Fatal(err)
	}
	return p.answer(c.Post(at, m.FormDataContentType(), &body))
}

func (p *portal) answer(r *http.Response, err error) answer {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
	return answer{r.StatusCode, r.Header.Get("Retry-After")}
}

// fill takes the last byte of a disk.
func fill(t *testing.T, dir string) (path string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	return f.Name()
}

// files are those under a folder, with their modes.
func files(t *testing.T, dir string) map[string]fs.FileMode {
	t.Helper()
	all := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var i fs.FileInfo
			if i, err = d.Info(); err == nil {
				all[path] = i.Mode()
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
