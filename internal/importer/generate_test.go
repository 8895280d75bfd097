package importer

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lodge/internal/platform/number"
)

// old is what two invented old portals hold: customers with sites, people in both, dirt of many kinds.
type old struct {
	r         *rand.Rand
	customers int
	mess      float64 // share of rows with something wrong in them
	passwords bool

	source   string
	rows     map[string][][]string
	licences []string
}

var heads = map[string]string{
	Organisations: "source_id,number,kind,name,country,street,city,language,status,created_on,notes",
	Sites:         "source_id,organisation_id,number,name,country,city,status",
	People:        "source_id,email,email_verified_at,first_name,last_name,language,phone,status,password_scheme,password_hash,created_at,last_sign_in_at",
	Memberships:   "source_id,person_id,organisation_id,site_id,roles,primary,status,since,until",
	Relations:     "source_id,partner_id,customer_id,roles,from,until",
	Products:      "source_id,code,name,status,external_portal_url",
	Licences:      "source_id,number,organisation_id,site_id,product_id,quantity,term,issued_on,valid_until,status,order_reference",

	SupportContracts: "source_id,number,organisation_id,level,starts_on,ends_on,status",
	Entitlements:     "source_id,contract_id,licence_id,product_id",
	Downloads:        "source_id,person_id,product_id,organisation_id,file_name,version,file_date,downloaded_at",
}

// fill makes the rows of a portal. Both portals count from the same numbers and know a part of the same people and products.
func (o *old) fill(source string, from int) {
	o.source, o.rows = source, map[string][][]string{}
	for i := range 8 {
		o.add(Products, fmt.Sprint(i), o.pick(fmt.Sprintf("PROD-%d", i), fmt.Sprintf("prod-%d", i)), fmt.Sprintf("Product %d", i), "active", "")
	}
	for i := range o.customers {
		o.customer(from + i)
	}
	partners := max(1, o.customers/10)
	for i := range partners * 2 {
		o.add(Relations, fmt.Sprint(i), fmt.Sprint(o.r.IntN(partners)*10), fmt.Sprint(o.r.IntN(o.customers)),
			o.pick("partner-operator;support-advanced", "reporting", "nonsense", "helpdesk"), o.day(2019), o.pick("", "2029-12-31", "2018-01-01"))
	}
}

func (o *old) customer(n int) {
	id, kind := fmt.Sprint(n%100_000), "customer"
	if n%10 == 0 {
		kind = "partner"
	}
	no := fmt.Sprint(300_000 + n*3)
	if o.r.IntN(12) == 0 {
		no = ""
	}
	o.add(Organisations, id, no, kind, fmt.Sprintf("Wytwórnia %d", n), o.pick("PL", "DE"), "ul. Polna 3", "Kraków", "pl",
		o.pick("active", "active", "active", "disabled"), o.day(2010), "=not a formula")
	if o.r.IntN(3) == 0 {
		o.add(Sites, id, id, o.pick("", fmt.Sprint(300_001+n*3)), fmt.Sprintf("Zakład %d", n), "PL", "Łódź", "active")
	}
	for k := range 4 {
		o.person(n, k)
	}
	o.add(Downloads, id, fmt.Sprintf("%d-%d", n, o.r.IntN(5)), fmt.Sprint(o.r.IntN(9)), o.pick("", id), "tool-8.2.zip", "8.2", o.pick("", "2025-11-02"), "2025-12-01T10:11:12Z")
	if o.r.IntN(2) == 0 {
		number := string(number.NewLicence())
		if len(o.licences) > 5 && o.r.IntN(5) == 0 {
			number = o.licences[o.r.IntN(len(o.licences))]
		}
		o.licences = append(o.licences, number)
		o.add(Licences, id, strings.ToLower(number), id, o.pick("", id), fmt.Sprint(o.r.IntN(9)), fmt.Sprint(1+o.r.IntN(90)), o.pick("perpetual", "trial"), "2020-05-01",
			o.pick("2030-01-01", "2030-01-01", ""), "active", "PO 1")
		o.add(SupportContracts, id, "2A-"+id, id, "standard", "2020-01-01", o.pick("2024-12-31", "2031-12-31", "2019-01-01"), "active")
		o.add(Entitlements, id, id, o.pick("", id), o.pick("", "1"))
	}
}

func (o *old) person(n, k int) {
	id := fmt.Sprintf("%d-%d", n, k)
	email := fmt.Sprintf("%s%d.%d@fabryka%d.example", o.pick("p", "P"), n%(o.customers*3/2), k, n%7)
	scheme, hash := "none", ""
	if o.passwords && o.r.IntN(3) == 0 {
		scheme, hash = "bcrypt", goodHash
	} else if o.passwords && o.r.IntN(9) == 0 {
		scheme, hash = "md5-hex", "sp$salz$"+fmt.Sprintf("%032x", o.r.Uint64())
	}
	o.add(People, id, email, o.pick("", "2021-02-03T10:00:00", "2021-02-03T10:00:00Z"), "Jan", fmt.Sprintf("Kowal %d", k), "pl", "",
		o.pick("active", "active", "active", "active", "disabled"), scheme, hash, "2019-01-01T08:00:00Z", "")
	place := o.pick("", "", fmt.Sprint(n%100_000))
	o.add(Memberships, id, id, fmt.Sprint(n%100_000), place, o.pick("security-administrator;licensing", "reporting", "", "nonsense;reporting", "partner-operator"),
		o.pick("", "yes", "no"), o.pick("active", "active", "invited", "obsolete"), "2020-01-01", o.pick("", "2030-12-31"))
	if o.r.IntN(4) == 0 {
		o.add(Memberships, id+"b", id, fmt.Sprint(o.r.IntN(o.customers)), "", o.pick("security-administrator", "licensing"), o.pick("", "yes"), "active", "", "")
	}
}

// add adds a row, perhaps with something wrong.
func (o *old) add(file string, cells ...string) {
	if o.r.Float64() >= o.mess {
		o.rows[file] = append(o.rows[file], cells)
		return
	}
	i := o.r.IntN(len(cells))
	switch o.r.IntN(7) {
	case 0:
		cells[i] = ""
	case 1:
		cells[i] = "9999999"
	case 2:
		cells[i] = "2021-02-30"
	case 3:
		cells[i] += "\u202e"
	case 4:
		cells = append(cells, "one too many")
	case 5:
		o.rows[file] = append(o.rows[file], cells)
	case 6:
		if before := o.rows[file]; len(before) > 0 {
			cells[0] = before[o.r.IntN(len(before))][0]
		}
	}
	o.rows[file] = append(o.rows[file], cells)
}

// change spoils, mends and changes some rows, as years do.
func (o *old) change() {
	for _, rows := range o.rows {
		for _, cells := range rows {
			if o.r.IntN(4) == 0 {
				i := 1 + o.r.IntN(len(cells)-1)
				cells[i] = rows[o.r.IntN(len(rows))][min(i, len(rows[0])-1)]
			}
		}
	}
}

func (o *old) pick(of ...string) string { return of[o.r.IntN(len(of))] }

func (o *old) day(year int) string {
	return fmt.Sprintf("%d-%02d-%02d", year+o.r.IntN(8), 1+o.r.IntN(12), 1+o.r.IntN(28))
}

// folder writes the rows as an export; rows that share an id with a file's row come out as they are.
func (o *old) folder(t *testing.T) string {
	t.Helper()
	bodies := map[string]string{}
	for file, rows := range o.rows {
		var b strings.Builder
		w := csv.NewWriter(&b)
		w.Write(strings.Split(heads[file], ","))
		w.WriteAll(rows)
		bodies[file] = b.String()
	}
	source := o.source
	return export(t, bodies, func(_ string, m map[string]any) { m["source"] = source })
}
