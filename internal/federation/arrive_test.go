package federation_test

import (
	"net/url"
	"strings"
	"testing"

	"lodge/internal/account"
	"lodge/internal/federation"
	"lodge/internal/identity"
	"lodge/internal/platform/store"
	"lodge/internal/worldtest"
)

// invite asks somebody into Kowalski.
func (p *place) invite(email string) {
	p.t.Helper()
	_, err := p.Accounts.Invite(p.t.Context(), p.admin("Kowalski"), account.NewContact{FirstName: "Ola", LastName: "Nowak", Email: email})
	p.Need(err)
}

func TestArrive_of_somebody_invited_proves_the_mailbox_and_makes_the_contact_active(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up)
		p.invite("ola@kowalski.example")
		b := p.Browser(p.h)
		asked := p.leave(b, "Ola@KOWALSKI.example")
		if asked.Get("code_challenge_method") != "S256" || asked.Get("nonce") == "" || asked.Get("login_hint") != "ola@kowalski.example" || asked.Get("response_type") != "code" {
			t.Errorf("%v", asked)
		}
		leads(t, up.back(b, asked, person("ola", "ola@kowalski.example")), "/")
		a, err := p.ResolveToken(b.Cookies["__Host-lodge"], "Kowalski")
		if err != nil || a.Email != "ola@kowalski.example" || len(a.Roles) != 0 {
			t.Errorf("%+v %v", a, err)
		}
		if n := p.Count(`SELECT count(*) FROM person WHERE email = 'ola@kowalski.example' AND email_proven_at IS NOT NULL`); n != 1 {
			t.Error("the mailbox is not proven")
		}
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/") // and again
		c := p.Browser(p.h)
		leads(t, c.Post("/sign-in", url.Values{"email": {"ola@kowalski.example"}, "next": {"/me/security"}}), federation.At+"/"+p.state("Kowalski").Connection.ID)
		leads(t, up.back(c, p.on(c, federation.At+"/"+p.state("Kowalski").Connection.ID), person("ola", "ola@kowalski.example")), "/me/security")
	})
}

func TestArrive_joins_only_if_the_company_wants_and_without_a_role(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up)
		ola := claims{"sub": "ola", "email": "ola@kowalski.example", "given_name": "Ola", "family_name": "Nowak"}
		b := p.Browser(p.h)
		shows(t, p.come(b, up, "ola@kowalski.example", ola), 403, "not a contact of your company", `href="/sign-in"`)
		if p.as(b) != "" || p.Count(`SELECT count(*) FROM person WHERE email = 'ola@kowalski.example'`) != 0 {
			t.Error("somebody was made all the same")
		}
		p.connect("Kowalski", up, joins)
		leads(t, p.come(b, up, "ola@kowalski.example", ola), "/")
		a, err := p.ResolveToken(b.Cookies["__Host-lodge"], "Kowalski")
		if err != nil || a.Name != "Ola Nowak" || len(a.Roles) != 0 {
			t.Errorf("%+v %v", a, err)
		}
		if posted := p.Posted(p.Email("anna")); len(posted) != 1 || !strings.Contains(posted[0], "Ola Nowak") || p.events("federation.joined") != 1 {
			t.Errorf("letters %q", posted)
		}
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", ola), "/")
		if len(p.Posted(p.Email("anna"))) != 1 {
			t.Error("told twice")
		}
		// Who has left does not come back by himself, nor who was a contact until yesterday.
		p.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE membership SET until_at = $2 WHERE person_id = $1`, a.Person, tx.Now)
			return err
		})
		shows(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", ola), 403, "does not belong to this company any more")
		p.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE membership SET until_at = NULL WHERE person_id = $1`, a.Person)
			return err
		})
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", ola), "/")
		p.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE membership SET state = 'obsolete' WHERE person_id = $1`, a.Person)
			return err
		})
		shows(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", ola), 403, "does not belong to this company any more")
	})
}

func TestAttack_ID_04_domains_are_compared_exactly(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		up.info = claims{"sub": "ann"}
		p.connect("Kowalski", up, joins)
		for _, email := range []string{"ann@kowalski.example.evil.test", "ann@notkowalski.example", "ann@sub.kowalski.example", "ann@xkowalski.example", "ann@example", "ann@kowalski.exampl",
			"ann@evil.test@kowalski.example", "ann@evil.test,kowalski.example", "ann@kowalski.example\x00.evil.test", "", "kowalski.example"} {
			b := p.Browser(p.h)
			if a := b.Post("/sign-in", url.Values{"email": {email}}); a.Status == 303 {
				t.Errorf("%q leads to %d %s", email, a.Status, a.Location)
			}
			shows(t, p.come(b, up, "ewa@kowalski.example", person("ann", email)), 403, "may not speak for addresses")
			if p.as(b) != "" {
				t.Errorf("%q came in", email)
			}
		}
		leads(t, p.come(p.Browser(p.h), up, "ewa@kowalski.example", person("ann", "ANN@Kowalski.Example")), "/") // the positive twin
	})
}

func TestAttack_ID_05_issuer_and_subject_open_an_account_and_an_address_never(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		b := p.Browser(p.h)
		leads(t, p.come(b, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
		// The same subject with another address is the same person; nothing moves to whom the address belongs.
		c := p.Browser(p.h)
		leads(t, p.come(c, up, "ola@kowalski.example", person("ola", p.Email("ewa"))), "/")
		if p.as(c) != "ola@kowalski.example" {
			t.Errorf("came in as %s", p.as(c))
		}
		// Another subject with her address opens nothing.
		d := p.Browser(p.h)
		a := p.come(d, up, "ola@kowalski.example", person("mallory", "ola@kowalski.example"))
		if a.Status != 303 || !strings.HasSuffix(a.Location, "/link") || p.as(d) != "" {
			t.Errorf("%d to %s as %q", a.Status, a.Location, p.as(d))
		}
		if n := p.Count(`SELECT count(*) FROM company_identity`); n != 1 {
			t.Errorf("%d links", n)
		}
	})
}

// squat makes somebody who has never proved the address and has a password and a second factor all the same.
func (p *place) squat(email string) (token string) {
	p.t.Helper()
	p.Nobody("mallory")
	out, err := p.Identities.SignIn(p.t.Context(), p.Email("mallory"), worldtest.Password, worldtest.Visit)
	p.Need(err)
	p.Write(func(tx *store.Tx) error {
		if err := p.Identities.Enrol(tx, p.ID("mallory"), worldtest.Secret, 0); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE person SET email = $2, email_proven_at = NULL WHERE id = $1`, p.ID("mallory"), email)
		return err
	})
	return out.Token
}

func TestAttack_ID_09_what_a_squatter_has_set_up_is_void_when_the_owner_arrives(t *testing.T) {
	for name, change := range map[string]func(*federation.Settings){"joining": joins, "not joining": func(*federation.Settings) {}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				up := newUpstream(p)
				p.connect("Kowalski", up, change)
				before := p.squat("ola@kowalski.example")
				b := p.Browser(p.h)
				a := p.come(b, up, "ola@kowalski.example", person("ola", "ola@kowalski.example"))
				if let := name == "joining"; (a.Status == 303) != let || (p.as(b) != "") != let {
					t.Errorf("%d as %q", a.Status, p.as(b))
				}
				if _, err := p.ResolveToken(before); err == nil {
					t.Error("the squatter's session lives")
				}
				_, err := p.Identities.SignIn(t.Context(), "ola@kowalski.example", worldtest.Password, worldtest.Visit)
				refused(t, err, 422, "identity.wrong_password")
				if p.Count(`SELECT count(*) FROM credential WHERE person_id = $1`, p.ID("mallory")) != 0 || p.events("identity.reclaimed") != 1 {
					t.Error("credentials are left, or nobody was told to void tokens")
				}
			})
		})
	}
}

func TestAttack_ID_13_no_address_outside_the_domains_and_none_of_the_vendors_people(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		p.connect("Dubois", newUpstream(p))
		b := p.Browser(p.h)
		for i, email := range []string{p.Email("claire"), p.Email("ingrid"), "somebody@elsewhere.example"} {
			shows(t, p.come(b, up, "x@kowalski.example", person("x", email)), 403, "may not speak for addresses")
			if p.events("federation.refused") != i+1 {
				t.Error("not logged")
			}
		}
		if n := p.Count(`SELECT count(*) FROM event WHERE name = 'federation.refused' AND person_id <> ''`); n != 0 {
			t.Errorf("the company's log tells in %d of 3 rows whose addresses they are", n)
		}
		// Somebody of the vendor who has an address of the customer's, invited there, too.
		p.Person("ida", "Kowalski")
		p.Write(func(tx *store.Tx) error {
			return p.Accounts.Join(tx, p.Program(""), p.ID("ida"), p.Org("").ID, account.Active, false, account.Helpdesk)
		})
		shows(t, p.come(b, up, "x@kowalski.example", person("ida", p.Email("ida"))), 403, "People of the vendor")
		if p.as(b) != "" || p.Count(`SELECT count(*) FROM company_identity`) != 0 {
			t.Error("somebody came in")
		}
	})
}

func TestArrive_asks_for_the_second_factor_and_the_session_stays_the_companys(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		b := p.Browser(p.h)
		leads(t, p.come(b, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
		a, err := p.ResolveToken(b.Cookies["__Host-lodge"])
		p.Need(err)
		p.Write(func(tx *store.Tx) error { return p.Identities.Enrol(tx, a.Person, worldtest.Secret, 0) })
		c := p.Browser(p.h)
		leads(t, p.come(c, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/sign-in/factor")
		if p.as(c) != "" {
			t.Error("in without the second factor")
		}
		leads(t, c.Post("/sign-in/factor", url.Values{"code": {p.Code()}}), "/")
		if p.as(c) == "" {
			t.Fatal("not in")
		}
		p.Need(p.s.Switch(t.Context(), p.admin("Kowalski"), federation.Off))
		if p.as(b) != "" || p.as(c) != "" {
			t.Error("sessions live on")
		}
	})
}

func TestArrive_lets_nobody_in_whose_account_is_closed(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		b := p.Browser(p.h)
		leads(t, p.come(b, up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")
		p.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE person SET state = $1 WHERE email = 'ola@kowalski.example'`, identity.Disabled)
			return err
		})
		shows(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), 403, "is closed")
		if p.as(b) != "" {
			t.Error("in")
		}
	})
}

func TestAttack_ID_10_the_first_proof_of_the_mailbox_ends_links_made_before_it(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		id := p.connect("Kowalski", up)
		link := func(key string, proven bool) {
			p.Write(func(tx *store.Tx) error {
				if !proven {
					if _, err := tx.Exec(`UPDATE person SET email_proven_at = NULL WHERE id = $1`, p.ID(key)); err != nil {
						return err
					}
				}
				_, err := tx.Exec(`INSERT INTO company_identity (connection_id, issuer, subject, person_id, email, linked_at, used_at) VALUES ($1, $2, $3, $4, $3, $5, $5)`,
					id, up.issuer(), key, p.ID(key), tx.Now)
				return err
			})
		}
		link("ewa", false)
		link("anna", true)
		for _, key := range []string{"ewa", "anna"} {
			_, err := p.Identities.Ask(t.Context(), p.Email(key), identity.Reset, "en", worldtest.Visit)
			p.Need(err)
			letter := p.Letter(p.Email(key))
			token := letter.Links[0][strings.LastIndex(letter.Links[0], "/")+1:]
			_, err = p.Identities.Take(t.Context(), identity.Reset, token, identity.NewPassword{Password: "another four words nobody guesses"}, worldtest.Visit)
			p.Need(err)
		}
		if p.Count(`SELECT count(*) FROM company_identity WHERE person_id = $1`, p.ID("ewa")) != 0 {
			t.Error("a link from before the proof is left")
		}
		if p.Count(`SELECT count(*) FROM company_identity WHERE person_id = $1`, p.ID("anna")) != 1 {
			t.Error("a reset took the link of somebody away whose mailbox was proven when he made it")
		}
	})
}
