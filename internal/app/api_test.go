package app_test

import (
	"fmt"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// endToEnd: opened by the customer, answered by the vendor, read by the partner.
func endToEnd(t *testing.T, p *apptest.Portal) {
	customer, vendor, partner := p.Program(p.World.Tokens["customer"]), p.Program(p.World.Tokens["vendor"]), p.Program(p.World.Tokens["partner"])
	made := customer.Post(t, "/api/v1/requests", `{"product":"HAL-DES","kind":"defect","title":"It stops","description":"At *noon*.","severity":2}`)
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Body)
	}
	at := made.Header.Get("Location")
	var r struct {
		Number, State, Turn string
		Product             struct{ Code string }
		Messages            []struct{ Text, Visibility string }
	}
	made.Into(t, &r)
	if at != "/api/v1/requests/"+r.Number || r.Product.Code != "HAL-DES" || len(r.Messages) == 0 {
		t.Errorf("%s %s", at, made.Body)
	}
	forCustomer := fmt.Sprintf("/api/v1/for/%d/requests/%s", p.World.Organisations["customer"].Number, r.Number)
	for _, who := range []*apptest.Program{vendor, partner} {
		if got := who.Get(t, forCustomer); got.Status != 200 {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	if got := vendor.Post(t, forCustomer+"/messages", `{"text":"canary of the desk","visibility":"internal"}`); got.Status != 201 {
		t.Errorf("note: %d %s", got.Status, got.Body)
	}
	if got := vendor.Post(t, forCustomer+"/messages", `{"text":"We look at it.","visibility":"public"}`); got.Status != 201 {
		t.Errorf("answer: %d %s", got.Status, got.Body)
	}
	seen := customer.Get(t, at)
	if !strings.Contains(seen.Body, "We look at it.") || strings.Contains(seen.Body, "canary") {
		t.Errorf("the customer reads %s", seen.Body)
	}
	list := customer.Get(t, "/api/v1/requests?limit=1")
	if list.Status != 200 || list.Next() == "" || !strings.Contains(list.Body, r.Number) {
		t.Errorf("%d %v %s", list.Status, list.Header, list.Body)
	}
	if second := customer.Get(t, list.Next()); second.Status != 200 || strings.Contains(second.Body, r.Number) {
		t.Errorf("%d %s", second.Status, second.Body)
	}
}

// TestAPI runs against one portal for each engine: those that take something away from the world come last.
func TestAPI(t *testing.T) {
	tests := []struct {
		name string
		run  func(*testing.T, *apptest.Portal)
	}{
		{"a_request_from_end_to_end", endToEnd},
		{"files_come_and_go", filesComeAndGo},
		{"a_release_from_draft_to_download", releaseToDownload},
		{"the_reference_is_a_page_for_everybody", referenceForEverybody},
		{"Attack_API_01_a_token_is_shown_once_and_rests_as_a_hash", shownOnce},
		{"Attack_API_02_a_token_reaches_its_organisation_and_scopes_only", reachesItsOwn},
		{"Attack_API_02_nobody_gives_a_token_more_than_he_may_do_himself", neverWider},
		{"Attack_API_04_no_operation_takes_a_member_that_it_has_not", unknownMembers},
		{"Attack_API_05_media_types_and_origins", mediaTypesAndOrigins},
		{"Attack_API_06_fifty_calls_with_one_key_are_one", fiftyAtOnce},
		{"Attack_API_06_a_key_belongs_to_its_body_caller_and_address", keysAreBound},
		{"Attack_API_08_cursors_belong_to_one_caller_list_and_filter", cursors},
		{"Attack_API_09_limits_and_parameters_are_read_strictly", strictParameters},
		{"Attack_API_09_nothing_is_skipped_or_doubled_while_rows_come", pagingWhileRowsCome},
		{"Attack_API_11_no_change_is_lost", noLostChange},
		{"Attack_ACC_01_the_context_is_in_the_address_alone", contextInAddress},
		{"Attack_ACC_05_rights_elsewhere_add_nothing", rightsElsewhere},
		{"Attack_ACC_08_foreign_and_made_up_look_the_same", foreignLooksMadeUp},
		{"Attack_ACC_11_no_other_spelling_decides_otherwise", otherSpellings},
		{"Attack_SUP_03_notes_stay_with_the_vendor", notesStay},
		{"Attack_CON_01_what_was_typed_runs_nowhere", nothingRuns},
		{"Attack_DOS_06_bodies_addresses_and_depth_are_bounded", bounded},
		{"Attack_ID_22_no_token_opens_another_kinds_door", otherDoors},
		{"Attack_ID_29_tokens_are_listed_for_review_and_revoked_there", review},
		{"Attack_API_10_Attack_DOS_12_one_organisations_limits_are_its_own", ownLimits},
		{"Attack_ID_36_the_end_of_a_partnership_holds_at_the_next_call", endedPartnership},
		{"Attack_ID_36_a_lost_role_holds_at_the_next_call", lostRole},
		{"Attack_API_03_tokens_that_open_nothing_get_one_answer", oneAnswer},
		{"Attack_API_12_an_error_says_nothing_of_the_inside", nothingOfTheInside},
	}
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		unlimited(p)
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) { test.run(t, p) })
		}
	})
}
