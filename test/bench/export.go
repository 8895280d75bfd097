package main

import (
	"bufio"
	"crypto/md5"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// An old portal's export: one organisation with ten people each. plain passwords are taken as they are, weak ones must be wrapped.
const (
	plain      = "bcrypt"
	weak       = "md5-hex"
	bcryptHash = `$2a$10$Y8uWIolRsmDhG83Q.1M6buJLL1twypQxgFUz21wWmtLvdYn898GqO`
	perOrg     = 10
)

// listed is what the manifest says of a file.
type listed struct {
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// export writes one of so many people into a new folder and gives how many rows it has.
func (b *bench) export(people int, scheme string) (dir string, rows int64, err error) {
	if dir, err = os.MkdirTemp(b.dir, "export"); err != nil {
		return "", 0, err
	}
	files := map[string]listed{}
	orgs := people / perOrg
	for _, f := range []struct {
		name, head string
		n          int
		row        func(i int) []string
	}{
		{"organisations.csv", "source_id,number,kind,name,country,street,postcode,city,language,status,created_on", orgs, func(i int) []string {
			return []string{fmt.Sprint(i), fmt.Sprint(300_000 + i), "customer", fmt.Sprintf("Wytwórnia %d", i), "PL", "ul. Polna 3", "30-001", "Kraków", "pl", "active", "2015-03-04"}
		}},
		{"people.csv", "source_id,email,email_verified_at,first_name,last_name,language,phone,status,password_scheme,password_hash,created_at,last_sign_in_at", people, func(i int) []string {
			hash := bcryptHash
			if scheme == weak {
				hash = fmt.Sprintf("sp$salz$%x", md5.Sum([]byte(fmt.Sprint("salz password ", i))))
			}
			return []string{fmt.Sprint(i), fmt.Sprintf("jan.kowal.%d@fabryka%d.example", i, i/perOrg), "2021-02-03T10:00:00Z", "Jan", fmt.Sprintf("Kowal %d", i), "pl", "+48 22 555 01 23", "active", scheme, hash, "2019-01-01T08:00:00Z", "2025-06-01T08:00:00Z"}
		}},
		{"memberships.csv", "source_id,person_id,organisation_id,roles,primary,status,since", people, func(i int) []string {
			roles := "support-restricted"
			if i%perOrg == 0 {
				roles = "security-administrator;licence-supervisor"
			}
			return []string{fmt.Sprint(i), fmt.Sprint(i), fmt.Sprint(i / perOrg), roles, "yes", "active", "2020-01-01"}
		}},
		{"support_contracts.csv", "source_id,number,organisation_id,level,starts_on,ends_on,status", orgs, func(i int) []string {
			return []string{fmt.Sprint(i), fmt.Sprintf("2A-%d", i), fmt.Sprint(i), "standard", "2020-01-01", "2031-12-31", "active"}
		}},
	} {
		l, err := writeCSV(filepath.Join(dir, f.name), f.head, f.n, f.row)
		if err != nil {
			return dir, 0, err
		}
		files[f.name], rows = l, rows+l.Rows
	}
	manifest, err := json.Marshal(map[string]any{"format": "lodge-import/1", "source": "old-portal", "exported_at": "2026-01-02T03:04:05Z", "time_zone": "Europe/Warsaw", "files": files})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o600)
	}
	return dir, rows, err
}

// writeCSV writes a file row by row and sums it up on the way.
func writeCSV(path, head string, n int, row func(i int) []string) (l listed, err error) {
	f, err := os.Create(path)
	if err != nil {
		return l, err
	}
	defer f.Close()
	sum, out := sha256.New(), bufio.NewWriter(f)
	all := io.MultiWriter(out, sum)
	if _, err := io.WriteString(all, head+"\n"); err != nil {
		return l, err
	}
	w := csv.NewWriter(all)
	for i := range n {
		if err := w.Write(row(i)); err != nil {
			return l, err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return l, err
	}
	if err := out.Flush(); err != nil {
		return l, err
	}
	info, err := f.Stat()
	if err != nil {
		return l, err
	}
	return listed{int64(n), info.Size(), hex.EncodeToString(sum.Sum(nil))}, nil
}
