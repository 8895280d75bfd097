package web

import (
	"context"
	"flag"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lodge/assets"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/who"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// showroom is the gallery as somebody with the language sees it.
func showroom(t *testing.T, language string) *httptest.ResponseRecorder {
	t.Helper()
	c, err := lang.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{BaseURL: "http://127.0.0.1:8080", Catalogue: c, Assets: assets.Files(), Clock: clock.At(time.Date(2026, 11, 19, 10, 42, 0, 0, time.UTC))}
	s.Resolve = func(*http.Request) (who.Actor, error) {
		return who.Actor{Person: "maja", Name: "Maja Lind", Language: language}, nil
	}
	s.Frame = func(_ context.Context, a who.Actor, _ *http.Request) (Chrome, error) {
		return Chrome{
			Brand: Brand{Name: "Ostrova", Title: "Ostrova customer portal", Mail: "desk@ostrova.example", Phone: "+46 31 555 01 20"}, Where: "Lindqvist Bygg · 20417 Göteborg", SwitchTo: "/me/context",
			Places:  []Work{{Number: 20417, Name: "Lindqvist Bygg, Göteborg", Roles: "Administrator", Primary: true, Current: true}, {Number: 20418, Name: "Lindqvist Bygg, Malmö"}},
			Nav:     []Group{{Items: []NavItem{{Href: "/-/gallery", Label: Say("web.gallery"), Icon: "package", Count: 120}}}, {Title: Data("Organisation"), Items: []NavItem{{Href: "/x", Label: Data("Contacts"), Icon: "users"}}}},
			Account: &Account{Name: a.Name, SignOut: "/sign-out", Links: []Link{{Href: "/me/profile", Label: Data("Profile")}}},
			Search:  &Search{Action: "/search", Placeholder: Data("Requests")}, Bell: &Bell{Href: "/n", Count: 3}, Create: []Link{{Href: "/c", Label: Data("New request")}}, Help: "/help",
			Notices: []Notice{{Tone: Warn, Title: Data("You work for another organisation."), Acts: []Act{{Label: Data("Switch"), Post: "/me/context", Name: "to", Value: "20417", Hidden: []Pair{{"next", "/"}}}}}},
		}, nil
	}
	s.Handle("GET /-/gallery", who.Anybody, Gallery(s))
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/-/gallery", nil)
	r.Host = "127.0.0.1:8080"
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if missing := c.Missing(); len(missing) > 0 {
		t.Errorf("texts are missing: %v", missing)
	}
	return w
}

var (
	shape  = regexp.MustCompile(`(<svg class="ic"[^>]*>).*?(</svg>)`)
	hashed = regexp.MustCompile(`\.[0-9a-f]{12}\.`)
	random = regexp.MustCompile(`nonce="[^"]*"|name="_key" value="\w+"`)
	sheet  = regexp.MustCompile(`(?s)<section class="l-sec" aria-labelledby="g-icons">.*?</section>`)
)

// golden leaves out what another build of the assets or another request changes.
func golden(body string) string {
	body = shape.ReplaceAllString(sheet.ReplaceAllString(body, ""), "$1$2")
	return random.ReplaceAllString(hashed.ReplaceAllString(body, ".HASH."), "")
}

func TestTheGalleryLooksAsItDid(t *testing.T) {
	for _, l := range lang.Languages {
		got := golden(showroom(t, l).Body.String())
		if i, j := strings.Index(got, "<head>"), strings.Index(got, `<a class="skip"`); i < 0 || j < i {
			t.Fatal("no head")
		} else {
			got = got[:i] + got[j:] // it is bare where the assets were not built
		}
		got = regexp.MustCompile(`(?s)(Skip to content|[^>]*)</a><p>[^<]*</p>`).ReplaceAllString(got, "$1</a>")
		file := filepath.Join("testdata", "gallery."+l+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			at := 0
			for at < len(got) && at < len(want) && got[at] == want[at] {
				at++
			}
			t.Errorf("%s differs from %s at %q; -update rewrites it", l, file, got[at:min(at+200, len(got))])
		}
	}
}

func TestPagesFitTheirTypes(t *testing.T) {
	c, err := lang.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{Catalogue: c, Assets: assets.Files()}
	for _, err := range []error{galleryPage.Check(s), refusalPage.Check(s)} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := (Page[struct{ Wrong int }]{Name: "web/gallery"}).Check(s); err == nil {
		t.Error("a page of the wrong type passes")
	}
	if err := (Page[int]{Name: "web/none"}).Check(s); err == nil {
		t.Error("a page without template passes")
	}
}

func TestMarkupHoldsWhatReadersOfTheScreenNeed(t *testing.T) {
	doc, err := goquery.NewDocumentFromReader(showroom(t, "en").Body)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if ids[id] {
			t.Errorf("id %q stands twice", id)
		}
		ids[id] = true
	})
	for _, attribute := range []string{"aria-labelledby", "aria-describedby", "for"} {
		doc.Find("[" + attribute + "]").Each(func(_ int, e *goquery.Selection) {
			value, _ := e.Attr(attribute)
			for _, id := range strings.Fields(value) {
				if !ids[id] {
					t.Errorf("%s=%q leads nowhere", attribute, id)
				}
			}
		})
	}
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if doc.Find(`label[for="`+id+`"]`).Length() != 1 {
			t.Errorf("the field %q has no label", id)
		}
	})
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1", n)
	}
	if n := doc.Find("svg.ic:not([aria-hidden])").Length() + doc.Find("[style]").Length(); n > 0 {
		t.Errorf("%d icons are read out or styles inline", n)
	}
	if value, there := doc.Find("#password").Attr("value"); there {
		t.Errorf("a password is shown: %q", value)
	}
	if doc.Find(`.l-side a[aria-current="page"]`).Length() != 1 || doc.Find(`.l-side .l-count`).First().Nodes[0].FirstChild.Data != "99+" {
		t.Error("navigation is not marked or counted")
	}
}

var iconCall = regexp.MustCompile(`(?:\bicon "|Icon:\s+"|icon = "|Icon = ")([a-z0-9-]+)"`)

// The names are those of the whole program: an icon that the build does not take would be an empty square.
func TestEveryIconIsListedForTheBuild(t *testing.T) {
	listed := assets.Icons()
	if !slices.IsSorted(listed) {
		t.Error("assets/icons.txt is not sorted")
	}
	found := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".tmpl") && (!strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go")) {
			return err
		}
		b, err := os.ReadFile(filepath.Join("..", "..", name))
		for _, m := range iconCall.FindAllStringSubmatch(string(b), -1) {
			found++
			if !slices.Contains(listed, m[1]) {
				t.Errorf("%s uses the icon %q, which assets/icons.txt does not name", name, m[1])
			}
		}
		return err
	})
	if err != nil || found < 20 {
		t.Errorf("%d icons found: %v", found, err)
	}
	for _, tone := range []Tone{Idle, Info, OK, Warn, Bad} {
		if !slices.Contains(listed, toneIcon(tone)) {
			t.Errorf("tone %s: %s", tone, toneIcon(tone))
		}
	}
}
