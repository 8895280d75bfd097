package account_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

func TestInviteMany_gives_each_row_its_own_result(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		anna.Key = "many"
		list := []account.NewContact{
			{FirstName: "Ada", LastName: "Sowa", Email: "ada@kowalski.example", Role: account.SupportRestricted},
			{FirstName: "", LastName: "Kos", Email: "kos@"},
			{FirstName: "Ada", LastName: "Again", Email: "ADA@kowalski.example"},
			{FirstName: "Olga", LastName: "Kruk", Email: "olga@kowalski.example", Role: account.Operator},
			{FirstName: "Ewa", LastName: "Kruk", Email: "ewa@kowalski.example"},
		}
		for range 2 { // the same call, sent again
			rows, err := w.Accounts.InviteMany(t.Context(), anna, list)
			w.Need(err)
			var came []string
			for _, r := range rows {
				switch {
				case r.No == nil && r.ID != "":
					came = append(came, "invited")
				case r.No != nil:
					came = append(came, r.No.Code)
				}
			}
			if got := strings.Join(came, " "); got != "invited fault.invalid account.contact_exists fault.invalid invited" {
				t.Errorf("%s", got)
			}
		}
		for _, who := range []string{"ada", "ewa"} {
			if n := len(w.Letters(who + "@kowalski.example")); n != 1 {
				t.Errorf("%s has %d letters", who, n)
			}
		}
		_, err := w.Accounts.InviteMany(t.Context(), w.Actor("piotr", "Kowalski"), list)
		lacks(t, err, account.Invite)
		_, err = w.Accounts.InviteMany(t.Context(), anna, nil)
		at(t, err, "contacts", "account.many_count")
		_, err = w.Accounts.InviteMany(t.Context(), anna, make([]account.NewContact, account.MaxMany+1))
		at(t, err, "contacts", "account.many_count")
	})
}

func TestReadContacts_reads_what_spreadsheets_write(t *testing.T) {
	const ada = "{Ada Sowa ada@kowalski.example support-restricted}"
	for text, want := range map[string]string{
		"first_name,last_name,email,role\nAda,Sowa,ada@kowalski.example,support-restricted\n":                      "[" + ada + "]",
		"\ufeffFirst_Name; last_name ;EMAIL;role\r\n Ada;Sowa;ada@kowalski.example;support-restricted\r\n":         "[" + ada + "]",
		"email\tlast_name\tfirst_name\nada@kowalski.example\tSowa\tAda\n":                                          "[{Ada Sowa ada@kowalski.example }]",
		"x,first_name,last_name,email\n1,\"Ada, dr\",\"So\"\"wa\",ada@kowalski.example\n\n2,Ewa,Kos,e@k.example\n": `[{Ada, dr So"wa ada@kowalski.example } {Ewa Kos e@k.example }]`,
		"first_name,last_name,email\n":           "[]",
		"Ada,Sowa,ada@kowalski.example":          "account.many_header",
		"":                                       "account.many_header",
		"first_name,last_name,email\nAda,Sowa\n": "account.many_line [line 2]",
		"first_name,last_name,email\n\"Ada,Sowa,x\n":                    "account.many_line [line 2]",
		"first_name,last_name,email\nAda,S\xf3wa,x\n":                   "account.many_encoding",
		"first_name,last_name,email\n" + strings.Repeat("a,b,c\n", 201): "account.many_count",
	} {
		all, err := account.ReadContacts([]byte(text))
		got := fmt.Sprint(all)
		if f := fault.Of(err); f != nil {
			m := f.At("contacts")
			got = m.Key
			if strings.HasSuffix(m.Key, "_line") {
				got += " " + fmt.Sprint(m.Args)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text[:min(len(text), 60)], got, want)
		}
	}
}

func TestPage_many_contacts_refused_rows_stand_in_the_form_again(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		b := w.As(w.Pages(nil), "anna")
		at := base(w, "Kowalski") + "/contacts/many"
		shows(t, b.Get(at), 200, "first_name,last_name,email,role", "support-restricted")
		shows(t, b.Post(at, url.Values{"contacts": {"Ada,Sowa,ada@kowalski.example"}}), 422, "The first line must name the columns", "Ada,Sowa,ada@kowalski.example")
		page := b.Post(at, url.Values{"contacts": {"first_name,last_name,email\nAda,Sowa,ada@kowalski.example\nEwa,\"Kos, mgr\",ewa@\n"}})
		shows(t, page, 200, "1 of 2 people could not be invited", "Not invited", "Ewa,&#34;Kos, mgr&#34;,ewa@,")
		if strings.Count(page.Body, "ada@kowalski.example") != 1 {
			t.Error("who is invited stands in the form again")
		}
		leads(t, b.Post(at, url.Values{"contacts": {"first_name,last_name,email\nEwa,Kos,ewa@kowalski.example\n"}}), base(w, "Kowalski")+"/contacts")
		shows(t, b.Get(base(w, "Kowalski")+"/contacts"), 200, "1 invitation is on its way", "ewa@kowalski.example")
	})
}
