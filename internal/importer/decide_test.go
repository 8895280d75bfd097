package importer

import "testing"

func TestTheSameRowAgainIsUnchangedAndAnotherCellUpdatesIt(t *testing.T) {
	d := newDesk(t)
	d.expect("a", Products, []string{productHead, "1,CAL,Calibro,active"}, "created")
	d.expect("a", Products, []string{productHead, "1,CAL,Calibro,active"}, "unchanged")
	d.expect("a", Products, []string{"status,code,source_id,name,external_portal_url", "active ,\"CAL\",1,\t Calibro,"}, "unchanged")
	d.expect("a", Products, []string{productHead, "1,CAL,Calibro 2,active"}, "updated")
	d.expect("a", Products, []string{productHead, "1,CAL,Calibro 2,active"}, "unchanged")
	d.expect("a", Products, []string{productHead, "1,cal,Calibro 2,active"}, "updated") // letter case has no meaning
	d.expect("a", Products, []string{productHead, "1,CAL,Calibro,old"}, "refused value_invalid")
	d.expect("a", Products, []string{productHead, "1,CAL-2,Calibro,active"}, "refused fixed_changed")
	d.expect("a", Products, []string{productHead, "1,cal,Calibro 2,active"}, "unchanged")
}

func TestTheFirstCheckThatAppliesDecides(t *testing.T) {
	d := newDesk(t)
	d.stock()
	d.expect("a", Sites, []string{siteHead,
		"=1,c,12,,XX,gone,more",  // number of cells before source_id
		"=1,c,12,,XX,gone",       // source_id before cells
		"s,=1,12,\u0007,XX,gone", // known: cells in their order
		"s,d,12,\u0007,XX,gone",
		"n,c,10006,\u202e,PL,gone",
		"n2,c,10006,,PL,gone",
		"n3,c,10006,N,PL,gone",
		"s2,none,10006,N,XX,active",
	},
		"refused field_count", "refused source_id_invalid", "refused value_invalid", "refused source_id_duplicate",
		"refused character_forbidden", "refused value_missing", "refused value_invalid", "refused value_invalid")
	d.expect("a", Memberships, []string{memberHead, "m,x,c,,helpdesk,,active,2024-05-01,2024-04-30"}, "refused dates_reversed")
	d.expect("a", Memberships, []string{memberHead, "m,none,c,,helpdesk,,active,,"}, "refused reference_unknown")
	d.expect("a", Memberships, []string{memberHead, "m,x,c,,,,active,,"}, "created")
	d.expect("a", Memberships, []string{memberHead, "m,none,c,,helpdesk,,active,2024-05-01,2024-04-30"}, "refused dates_reversed")
	d.expect("a", Memberships, []string{memberHead, "m,none,c,,helpdesk,,active,,"}, "refused fixed_changed")
}

func TestAnIdThatCameBeforeIsADuplicateGoodOrBad(t *testing.T) {
	d := newDesk(t)
	d.expect("a", Products, []string{productHead,
		"1,CAL,Calibro,active", "1,CAL,Calibro,active", "1,CAL,Calibro,retired", "2,X,,active", "2,X,,active", "2,X,Xylo,active", "one,CAL2,C,active,more", "one,CAL2,C,active"},
		"created", "skipped duplicate_row", "refused source_id_duplicate", "refused value_missing", "skipped duplicate_row",
		"refused source_id_duplicate", "refused field_count", "created")
	d.expect("a", Products, []string{productHead, "1,CAL,Calibro,active", "1,CAL,Calibro,active"}, "unchanged", "skipped duplicate_row")
}

func TestReferencesLeadToTakenRowsOfTheSameSource(t *testing.T) {
	d := newDesk(t)
	d.stock()
	got := d.folder("a", map[string][]string{
		Organisations: {orgHead, "e,,customer,E,XX,active", "c,,customer,C,PL,active"},
		Memberships: {memberHead,
			"1,x,e,,,,active,,",  // refused here
			"2,x,c,,,,active,,",  // refused here, but taken earlier
			"3,x,z,,,,active,,",  // nowhere
			"4,x,c,u,,,active,,", // site of d
			"5,x,d,u,,,active,,", //
			"6,z,e,,,,active,,",  // the first column decides
			"7,x,C,,,,active,,",  // case matters
		},
	})
	want := []string{"refused value_invalid", "refused fixed_changed", "refused reference_refused", "created", "refused reference_unknown",
		"refused reference_mismatch", "created", "refused reference_unknown", "refused reference_unknown"}
	for i, w := range want {
		if got[i] != w {
			t.Errorf("row %d: %s, want %s", i, got[i], w)
		}
	}
	d.expect("b", Memberships, []string{memberHead, "1,x,c,,,,active,,"}, "refused reference_unknown") // another source's ids
	d.expect("a", SupportContracts, []string{supportHead, "1,2A,c,standard,2020-01-01,2020-01-01,active"}, "created")
	d.expect("a", Licences, []string{licenceHead, "m,ABC-DEF-GHV,d,,k,1,perpetual,2020-01-01,,active", "n,000-000-01Y,d,s,k,1,perpetual,2020-01-01,,active"},
		"created", "refused reference_mismatch")
	d.expect("a", Entitlements, []string{entitleHead, "1,1,l,", "2,1,m,", "3,1,,k", "4,1,l,k", "5,1,,", "6,none,l,"},
		"created", "refused reference_mismatch", "created", "refused value_invalid", "refused value_invalid", "refused reference_unknown")
	d.expect("a", Entitlements, []string{entitleHead, "1,1,,k"}, "refused fixed_changed")
}

func TestANumberIsJoinedOnlyForTheSameOrganisationOfAnotherSource(t *testing.T) {
	d := newDesk(t)
	d.stock()
	d.expect("a", Organisations, []string{orgHead, "z,10003,customer,C,PL,active"}, "refused number_taken") // same source
	d.expect("b", Organisations, []string{orgHead,
		"1,10003,partner,C,PL,active", "2,10003,customer,C,DE,active", "3,10005,customer,C,PL,active", "4,10003,customer,Other name,PL,disabled",
		"5,10003,customer,C,PL,active", "6,10004,customer,D,FR,active", "7,,customer,C,PL,active"},
		"refused number_taken", "refused number_taken", "refused number_taken", "updated joined", "refused number_taken", "updated joined", "created")
	d.expect("b", Sites, []string{siteHead, "1,6,10005,S,PL,active", "2,4,10003,S,PL,active", "3,4,10005,S,DE,active", "4,4,10005,S,PL,active", "5,4,10006,S,PL,active"},
		"refused number_taken", "refused number_taken", "updated joined", "refused number_taken", "created")
	d.expect("b", Organisations, []string{orgHead, "4,10003,customer,Other name,PL,disabled", "7,10099,customer,C,PL,active"}, "unchanged joined", "refused fixed_changed")
	d.expect("b", Organisations, []string{orgHead, "4,10003,customer,New name,PL,disabled"}, "updated joined")
}

func TestAnOrganisationWithoutNumberGetsOneThatNoLaterRowHas(t *testing.T) {
	d := newDesk(t)
	d.expect("a", Organisations, []string{orgHead, "1,,customer,A,PL,active", "2,204101,customer,B,PL,active", "3,204102,customer,C,PL,active"},
		"created", "created", "created")
	d.expect("b", Organisations, []string{orgHead, "1,204103,customer,A,PL,active", "2,,customer,A,PL,active"}, "created", "created")
	seen := map[int64]bool{}
	for _, x := range d.memory.of(Organisations) {
		if seen[x.number] || x.number < 204101 {
			t.Errorf("number %d", x.number)
		}
		seen[x.number] = true
	}
}

func TestPeopleAreJoinedByTheirAddressUnlessOneSourceBringsTwoPasswords(t *testing.T) {
	with := ",,A,A,active,bcrypt," + goodHash
	d := newDesk(t)
	d.expect("a", People, []string{personHead,
		"1,a@one.example" + with, "2,A@ONE.example" + with, "3,A@one.example,,A,A,active,none,", "4,a@one.example,,A,A,disabled,,",
		"5,b@one.example,,B,B,active,,", "6,b@one.example,,B,B,active,bcrypt," + goodHash, "7,b@one.example,,B,B,active,bcrypt,$2b$12$tooshort",
		"8,anna.wojcik@żuraw.example,,A,A,active,,", "9,Anna.Wojcik@xn--uraw-99a.example,,A,A,active,,"},
		"created", "refused email_taken", "updated joined", "updated joined", "created", "updated joined", "updated joined;password_malformed",
		"created", "updated joined")
	d.expect("b", People, []string{personHead, "1,a@one.example" + with, "2,a@one.example" + with}, "updated joined", "refused email_taken")
	if n := len(d.memory.of(People)); n != 3 {
		t.Errorf("%d people", n)
	}
}

func TestAKnownPersonMayTakeAnAddressThatIsFree(t *testing.T) {
	with := ",,A,A,active,bcrypt," + goodHash
	d := newDesk(t)
	d.expect("a", People, []string{personHead, "1,a@one.example,,A,A,active,,", "2,b@one.example,,B,B,active,,", "3,a@one.example" + with}, "created", "created", "updated joined")
	d.expect("a", People, []string{personHead, "1,b@one.example,,A,A,active,,"}, "refused email_taken")
	d.expect("a", People, []string{personHead, "1,a@one.example" + with}, "refused email_taken") // beside row 3
	d.expect("a", People, []string{personHead, "2,b@one.example" + ",,B,B,active,bcrypt," + goodHash}, "updated")
	d.expect("a", People, []string{personHead, "1,c@one.example,,A,A,active,,", "9,a@one.example,,N,N,active,,", "2,A@one.example,,B,B,active,,"},
		"updated", "created", "refused email_taken")
	d.expect("a", People, []string{personHead, "3,c@one.example" + with}, "updated joined") // to the person that it means already
	d.expect("a", People, []string{personHead, "3,c@one.example,,A,A,active,none,", "1,c@one.example" + with}, "updated joined", "updated")
}

func TestAttack_IMP_09_roles_outside_the_table_are_never_guessed(t *testing.T) {
	d := newDesk(t)
	d.stock()
	d.expect("a", Memberships, []string{memberHead,
		"1,x,c,,support-restricted; licensing ;licensing,,active,,", "2,y,c,,operator,,active,,", "3,y,c,,superuser;helpdesk,,active,,",
		"4,y,c,,Reporting,,active,,", "5,x,d,,partner-api;reporting,,active,,", "6,x,p,,partner-api;reporting,,active,,", "7,y,p,,support administrator,,active,,"},
		"created", "refused role_forbidden", "refused role_forbidden", "created role_dropped", "created role_dropped", "created", "created role_dropped")
	d.expect("a", Relations, []string{relateHead,
		"1,p,c,partner-operator;partner-api,2020-01-01,2020-12-31", "2,p,c,operator,2021-01-01,2021-12-31", "3,p,c,partner-api,2022-01-01,2022-12-31",
		"4,c,d,reporting,2020-01-01,", "5,c,d,godmode,2020-01-01,", "6,c,d,;,2020-01-01,", "7,p,d,,2020-01-01,"},
		"created role_dropped", "refused role_forbidden", "refused value_invalid", "refused kind_mismatch", "refused value_invalid",
		"refused value_invalid", "refused value_missing")
}

func TestMembershipsOfOnePersonInOnePlaceAreJoined(t *testing.T) {
	d := newDesk(t)
	d.stock()
	d.expect("a", Memberships, []string{memberHead, "1,x,c,,reporting,,active,2020-01-01,", "2,x,c,,licensing;odd,,active,2021-01-01,", "3,x,c,s,,,active,,", "4,y,c,,,,active,,"},
		"created", "updated joined;role_dropped", "created", "created")
	d.expect("a", Memberships, []string{memberHead, "5,x,c,,,,obsolete,,"}, "updated joined")
	var got Member
	for _, x := range d.memory.of(Memberships) {
		if len(x.by) == 3 {
			got = MergeMembers(x.members())
		}
	}
	if got.Status != "obsolete" || len(got.Roles) != 2 || got.Since != "2020-01-01" {
		t.Errorf("%+v", got)
	}
	d.expect("a", Memberships, []string{memberHead, "5,x,c,,,,active,,", "2,x,c,,licensing;odd,,active,2021-01-01,"}, "updated joined", "unchanged joined;role_dropped")
}

func TestTheFirstYesOfAPersonHolds(t *testing.T) {
	d := newDesk(t)
	d.stock()
	d.expect("a", Memberships, []string{memberHead,
		"1,x,c,,,yes,obsolete,,", "2,x,d,,,,active,,", "3,x,p,,,yes,active,,", "4,x,q,,,yes,active,,", "5,x,p,,,yes,active,,", "6,y,c,,,yes,invited,,"},
		"created primary_dropped", "created", "created", "created primary_dropped", "updated joined", "created")
	d.expect("a", Memberships, []string{memberHead, "2,x,d,,,yes,active,,"}, "updated primary_dropped")
	d.expect("a", Memberships, []string{memberHead, "3,x,p,,,no,active,,"}, "updated") // row 5 still says so
	d.expect("a", Memberships, []string{memberHead, "4,x,q,,,yes,active,,2030-01-01"}, "updated primary_dropped")
	d.expect("a", Memberships, []string{memberHead, "5,x,p,,,yes,obsolete,,"}, "updated joined;primary_dropped")
	d.expect("a", Memberships, []string{memberHead, "4,x,q,,,yes,active,,2031-01-01"}, "updated")
	d.expect("a", Memberships, []string{memberHead, "3,x,p,,,yes,active,,"}, "updated primary_dropped") // row 5 says obsolete
}

func TestRelationsFormNoCircleAndNoPairHasADayTwice(t *testing.T) {
	d := newDesk(t)
	d.stock()
	d.expect("a", Organisations, []string{orgHead, "r,,partner,R,PL,active"}, "created")
	d.expect("a", Relations, []string{relateHead,
		"1,p,q,reporting,2010-01-01,2010-12-31", "2,q,r,reporting,2020-01-01,", "3,r,p,reporting,2030-01-01,", "4,p,p,reporting,2020-01-01,", "5,p,r,reporting,2020-01-01,2020-06-30",
		"6,p,r,reporting,2020-06-30,", "7,p,r,reporting,2020-07-01,", "8,p,r,reporting,2019-01-01,2019-12-31", "9,p,r,reporting,2035-01-01,2036-01-01", "10,p,r,reporting,2018-01-01,2017-12-31"},
		"created", "created", "refused relation_cycle", "refused relation_cycle", "created", "refused period_overlap", "created", "created", "refused period_overlap",
		"refused dates_reversed")
	d.expect("a", Relations, []string{relateHead, "5,p,r,licensing,2020-01-01,2020-06-30"}, "updated") // its own days are no overlap
	d.expect("a", Relations, []string{relateHead, "5,p,r,licensing,2020-01-01,2020-07-01"}, "refused period_overlap")
	d.expect("b", Organisations, []string{orgHead, "1,10001,partner,P,PL,active", "2,10002,partner,Q,PL,active"}, "updated joined", "updated joined")
	d.expect("b", Relations, []string{relateHead, "1,2,1,reporting,2040-01-01,", "2,1,2,reporting,2010-12-31,", "3,1,2,reporting,2011-01-01,"},
		"refused relation_cycle", "refused period_overlap", "created")
}

func TestProductsAndLicencesAreJoinedByTheirKeys(t *testing.T) {
	d := newDesk(t)
	d.stock()
	d.expect("a", Products, []string{productHead, "z,kiln,Kiln,active"}, "refused code_taken")
	d.expect("b", Products, []string{productHead, "1,Kiln,Other,retired", "2,KILN,Kiln,active", "3,NEW,New,active", "4,weft,Weft,active"},
		"updated joined", "refused code_taken", "created", "updated joined")
	d.expect("b", Organisations, []string{orgHead, "1,10003,customer,C,PL,active", "2,10004,customer,D,FR,active"}, "updated joined", "updated joined")
	d.expect("a", Licences, []string{licenceHead, "z,7k3mq2x9w,c,,k,1,perpetual,2020-01-01,,active"}, "refused licence_taken")
	d.expect("b", Licences, []string{licenceHead,
		"1,7K3 MQ2 X9W,2,,1,1,perpetual,2020-01-01,,active", "2,7K3 MQ2 X9W,1,,4,1,perpetual,2020-01-01,,active", "3,7K3 MQ2 X9W,1,,1,99,trial,2020-01-01,2020-01-01,revoked",
		"4,7K3 MQ2 X9W,1,,1,99,trial,2020-01-01,2020-01-01,revoked", "5,ABC-DEF-GHV,1,,1,9,trial,2020-01-01,,active", "6,ABC-DEF-GHV,1,,1,9,trial,2020-01-01,2019-12-31,active"},
		"refused licence_taken", "refused licence_taken", "updated joined", "refused licence_taken", "refused value_missing", "refused dates_reversed")
	d.expect("b", Licences, []string{licenceHead, "3,7k3mq2x9w,1,,1,98,trial,2020-01-01,2020-01-01,revoked", "3,7k3mq2x9w,2,,1,98,trial,2020-01-01,2020-01-01,revoked"},
		"updated joined", "refused source_id_duplicate")
}

func TestASignedInPersonKeepsTheAddressAndTheOutcomeIsAsIfNot(t *testing.T) {
	l := ledgerOn(nil)
	l.Row(RowKey{People, "1"}, Known{Target: "P", Made: true, Email: "a@one.example", Fixed: []string{}})
	l.Person(Person{ID: "P", Email: "a@one.example", Kept: true}, "a@one.example")
	b := &batch{source: "a", ledger: l}
	row := oneRow(t, People, personHead, "1,b@one.example,,A,A,active,,")
	d := b.decide(row)
	if d.Outcome != Updated || d.Target != "P" {
		t.Fatalf("%+v", d)
	}
	l.take("a", row, d, Taken{})
	for email, want := range map[string]Outcome{"a@one.example": Updated, "b@one.example": Updated, "c@one.example": Created} {
		if d := b.decide(oneRow(t, People, personHead, "2,"+email+",,A,A,active,,")); d.Outcome != want {
			t.Errorf("%s: %s", email, d.Outcome)
		}
	}
}

func TestWhatWasMadeInLodgeIsJoinedOnlyWhereTheFormatSaysWhateverTheSource(t *testing.T) {
	l := ledgerOn(nil)
	l.Org(Org{ID: "O", Number: 10001, Kind: "customer", Country: "PL"})
	l.Person(Person{ID: "P"}, "a@one.example")
	l.Product(Product{ID: "K", Key: "kiln"})
	b := &batch{source: "a", ledger: l}
	for _, c := range []struct{ file, head, row, want string }{
		{Organisations, orgHead, "1,10001,customer,C,PL,active", "refused number_taken"},
		{People, personHead, "1,a@one.example,,A,A,active,bcrypt," + goodHash, "updated joined"},
		{Products, productHead, "1,KILN,Kiln,active", "refused code_taken"},
	} {
		if d := b.decide(oneRow(t, c.file, c.head, c.row)); string(d.Outcome)+" "+d.Code() != c.want {
			t.Errorf("%s: %s %s, want %s", c.file, d.Outcome, d.Code(), c.want)
		}
	}
}
