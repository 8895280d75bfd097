package account_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

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
		"email\trole\tfirst_name\tlast_name\nada@kowalski.example\t\tAda\tSowa\n":                                  "[{Ada Sowa ada@kowalski.example }]",
		"first_name,last_name,email\nZielin\u0301ska,Ewa,e@k.example\n":                                            "[{Zieli\u0144ska Ewa e@k.example }]",
		"first_name,last_name,email\nZieli\ufffdska,Ewa,e@k.example\n":                                             "account.many_encoding",
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

// A portal is nobody's bulk mailer: what one organisation sends in an hour, and what goes to one address in a day, is bounded at every door.
func TestAttack_ID_23_invitations_are_bounded_for_an_organisation_and_for_an_address(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db)
		id, _ := invite(t, w, w.Actor("anna", "Kowalski"), account.NewContact{FirstName: "Ada", LastName: "Sowa", Email: "ada@kowalski.example"})
		for range 9 {
			w.Need(w.Accounts.Resend(t.Context(), w.Actor("anna", "Kowalski"), id))
		}
		refused(t, w.Accounts.Resend(t.Context(), w.Actor("anna", "Kowalski"), id), 429, "account.invitations_many")
		_, err := w.Accounts.Invite(t.Context(), w.Actor("camille", "Dubois"), account.NewContact{FirstName: "Ada", LastName: "Sowa", Email: "ada@kowalski.example"})
		refused(t, err, 429, "account.invitations_many") // whoever asks
		if n := len(w.Letters("ada@kowalski.example")); n != 10 {
			t.Errorf("%d letters", n)
		}
		w.Write(func(tx *store.Tx) error { // as if the organisation had sent many
			for i := range 490 {
				if _, err := tx.Exec(`INSERT INTO invitation (id, membership_id, token_hash, email, invited_by, invited_from, mail_id, created_at, expires_at, by_right, used_at)
					VALUES ($1, $2, $1, $1, '', $3, '', $4, $4, '', $4)`, fmt.Sprint("i", i), id, w.Org("Kowalski").ID, tx.Now); err != nil {
					return err
				}
			}
			return nil
		})
		rows, err := w.Accounts.InviteMany(t.Context(), w.Actor("anna", "Kowalski"), []account.NewContact{{FirstName: "Ewa", LastName: "Kos", Email: "ewa@kowalski.example"}})
		refused(t, err, 429, "account.invitations_many")
		if len(rows) != 0 || len(w.Letters("ewa@kowalski.example")) != 0 {
			t.Errorf("%v", rows)
		}
		w.Clock.Add(time.Hour + time.Minute)
		if _, err := w.Accounts.InviteMany(t.Context(), w.Actor("anna", "Kowalski"), []account.NewContact{{FirstName: "Ewa", LastName: "Kos", Email: "ewa@kowalski.example"}}); err != nil {
			t.Error(err)
		}
	})
}
