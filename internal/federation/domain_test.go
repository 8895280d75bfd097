package federation_test

import (
	"strings"
	"testing"
	"time"

	"lodge/internal/federation"
	"lodge/internal/platform/fault"
)

func TestDomain_is_proven_by_its_record_alone(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		anna := p.admin("Kowalski")
		id, err := p.s.AddDomain(t.Context(), anna, " Kowalski.EXAMPLE. ")
		p.Need(err)
		name, text := p.domain("Kowalski", "kowalski.example").Record()
		if name != "_lodge.kowalski.example" || len(text) < 40 {
			t.Errorf("record %s %s", name, text)
		}
		for _, texts := range [][]string{{}, {"v=spf1 -all"}, {text + "x"}, {strings.ToUpper(text)}} {
			p.names.publish(name, texts...)
			if proven, err := p.s.CheckDomain(t.Context(), anna, id); proven || err != nil {
				t.Errorf("%q: %v %v", texts, proven, err)
			}
			_, err := p.s.CheckDomain(t.Context(), anna, id)
			refused(t, err, 429, "federation.check_soon")
			p.Clock.Add(6 * time.Second)
		}
		p.names.silence(true)
		_, err = p.s.CheckDomain(t.Context(), anna, id)
		refused(t, err, 503, "federation.resolver_silent")
		p.names.silence(false)
		p.Clock.Add(6 * time.Second)
		p.names.publish(name, "v=spf1 -all", text)
		if proven, err := p.s.CheckDomain(t.Context(), anna, id); !proven || err != nil {
			t.Errorf("%v %v", proven, err)
		}
		if p.events("federation.domain_proven") != 1 {
			t.Error("no event")
		}
	})
}

func TestAttack_ID_14_a_domain_of_everybody_or_of_another_cannot_be_claimed(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		for _, domain := range []string{"gmail.com", "GMail.com", "proton.me", "co.uk", "com", "github.io", "", "127.0.0.1", "kowalski", "a b.example", "a@b.example", "*.example", "xn--.example"} {
			_, err := p.s.AddDomain(t.Context(), p.admin("Kowalski"), domain)
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.At("domain").Key == "" {
				t.Errorf("%q: %v", domain, err)
			}
		}
		p.prove("Kowalski", "kowalski.example")
		_, err := p.s.AddDomain(t.Context(), p.admin("Dubois"), "kowalski.example")
		refused(t, err, 409, "federation.domain_taken")
		if strings.Contains(err.Error(), "Kowalski ") {
			t.Error(err)
		}
		// Claimed before it was proven elsewhere, it cannot be proven after.
		early, err := p.s.AddDomain(t.Context(), p.admin("Dubois"), "zuraw.example")
		p.Need(err)
		p.prove("Kowalski", "zuraw.example")
		d := p.domain("Dubois", "zuraw.example")
		name, text := d.Record()
		p.names.publish(name, text)
		_, err = p.s.CheckDomain(t.Context(), p.admin("Dubois"), early)
		refused(t, err, 409, "federation.domain_taken")
		// Nobody else's is checked or removed.
		_, err = p.s.CheckDomain(t.Context(), p.admin("Kowalski"), early)
		refused(t, err, 404, "fault.not_found")
		refused(t, p.s.RemoveDomain(t.Context(), p.admin("Kowalski"), early), 404, "fault.not_found")
	})
}

func TestAttack_ID_14_a_proof_that_lapses_ends_joining_and_assertions(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		up := newUpstream(p)
		p.connect("Kowalski", up, joins)
		sweep := func() {
			t.Helper()
			p.Need(p.s.Sweep(t.Context(), p.Roles.All()))
		}
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/")

		name, text := p.domain("Kowalski", "kowalski.example").Record()
		p.names.publish(name)
		p.Clock.Add(25 * time.Hour)
		sweep()
		if posted := p.Posted(p.Email("anna")); len(posted) == 0 || !strings.Contains(posted[0], "is gone") {
			t.Errorf("letters %q", posted)
		}
		if d := p.domain("Kowalski", "kowalski.example"); d.MissingAt.IsZero() || d.ProvenAt.IsZero() {
			t.Errorf("%+v", d)
		}
		leads(t, p.come(p.Browser(p.h), up, "ola@kowalski.example", person("ola", "ola@kowalski.example")), "/") // within the grace
		p.names.publish(name, text)
		p.Clock.Add(2 * time.Hour)
		sweep()
		if d := p.domain("Kowalski", "kowalski.example"); !d.MissingAt.IsZero() {
			t.Errorf("back again: %+v", d)
		}
		p.names.publish(name)
		p.Clock.Add(25 * time.Hour)
		sweep()
		p.Clock.Add(federation.Grace - 2*time.Minute)
		away := p.Browser(p.h)
		asked := p.leave(away, "ola@kowalski.example") // on its way when the proof lapses
		p.Clock.Add(3 * time.Minute)
		sweep()
		if d := p.domain("Kowalski", "kowalski.example"); !d.ProvenAt.IsZero() {
			t.Fatalf("%+v", d)
		}
		if p.events("federation.domain_lapsed") != 1 || !strings.Contains(p.Posted(p.Email("anna"))[0], "gone for days") {
			t.Error("nobody was told")
		}
		shows(t, up.back(away, asked, person("ola", "ola@kowalski.example")), 403, "may not speak for addresses in kowalski.example")
		shows(t, p.Browser(p.h).Post("/sign-in", map[string][]string{"email": {"ola@kowalski.example"}}), 422) // leads nowhere any more
		if p.as(away) != "" {
			t.Error("a lapsed domain was asserted")
		}
	})
}

func TestDomain_lapses_only_after_days_in_which_nobody_answers(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		p.prove("Kowalski", "kowalski.example")
		p.names.silence(true)
		for range 13 {
			p.Clock.Add(25 * time.Hour)
			p.Need(p.s.Sweep(t.Context(), p.Roles.All()))
		}
		if d := p.domain("Kowalski", "kowalski.example"); d.ProvenAt.IsZero() || !d.MissingAt.IsZero() {
			t.Errorf("silence is no proof of absence: %+v", d)
		}
		p.Clock.Add(25 * time.Hour)
		p.Need(p.s.Sweep(t.Context(), p.Roles.All()))
		if d := p.domain("Kowalski", "kowalski.example"); !d.ProvenAt.IsZero() {
			t.Errorf("%+v", d)
		}
	})
}
