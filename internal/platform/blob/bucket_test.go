package blob

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"lodge/internal/platform/blob/blobtest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store/storetest"
)

func inBucket(t *testing.T) (*Store, blobtest.Bucket) {
	t.Helper()
	b := blobtest.Start(t)
	return open(t, storetest.Lite(t), b.Address+"&prefix=lodge"), b
}

// large is more than one part of an upload to a bucket.
const large = 12 << 20

func TestPut_streams_a_large_file_into_a_bucket_in_parts(t *testing.T) {
	s, _ := inBucket(t)
	content := bytes.Repeat([]byte("0123456789abcdef"), large/16)
	b, err := s.Put(t.Context(), anna, large, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), b.ID, large-16, 16)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != "0123456789abcdef" {
		t.Errorf("%q %v", got, err)
	}
	if n := files(t, s); n != 1 {
		t.Errorf("%d things in the bucket", n)
	}
}

func TestAttack_FILE_13_a_large_upload_that_is_cut_leaves_nothing_in_a_bucket(t *testing.T) {
	s, _ := inBucket(t)
	if _, err := s.Put(t.Context(), anna, large, io.MultiReader(bytes.NewReader(make([]byte, large-1)), failing{})); err == nil {
		t.Fatal("a cut upload was taken")
	}
	if n := files(t, s); n != 0 {
		t.Errorf("%d things in the bucket", n)
	}
}

func TestAttack_FILE_13_parts_of_a_process_that_died_are_swept_from_a_bucket(t *testing.T) {
	s, _ := inBucket(t)
	id, err := s.announce(t.Context(), anna, Limits{File: large, Org: large}, large)
	if err != nil {
		t.Fatal(err)
	}
	key := "lodge/" + name(id)
	up, err := s.s3.client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: &s.s3.bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	one := int32(1)
	if _, err := s.s3.client.UploadPart(t.Context(), &awss3.UploadPartInput{Bucket: &s.s3.bucket, Key: &key, UploadId: up.UploadId, PartNumber: &one,
		Body: strings.NewReader("half")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context()); err != nil || files(t, s) != 1 {
		t.Fatalf("%d left: swept too early (%v)", files(t, s), err)
	}
	s.DB.Clock.(*clock.Fake).Add(25*time.Hour + clock.Slip)
	if err := s.Sweep(t.Context()); err != nil || files(t, s) != 0 {
		t.Errorf("%d left (%v)", files(t, s), err)
	}
}

func TestAttack_FILE_08_a_signed_address_reads_one_file_for_five_minutes(t *testing.T) {
	s, _ := inBucket(t)
	b, err := s.Put(t.Context(), anna, 5, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Put(t.Context(), anna, 6, strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	address, err := s.Signed(t.Context(), b.ID, "halden żółw.msi")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, address, part string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if part != "" {
			r.Header.Set("Range", part)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	resp, body := ask("GET", address, "")
	if h := resp.Header; resp.StatusCode != 200 || body != "hello" || h.Get("Content-Type") != "application/octet-stream" ||
		h.Get("Content-Disposition") != "attachment; filename*=utf-8''halden%20%C5%BC%C3%B3%C5%82w.msi" {
		t.Errorf("%d %q %v", resp.StatusCode, body, h)
	}
	if resp, body := ask("GET", address, "bytes=1-2"); resp.StatusCode != 206 || body != "el" {
		t.Errorf("a part: %d %q", resp.StatusCode, body)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Query().Get("X-Amz-Expires"); got != "300" {
		t.Errorf("good for %s seconds", got)
	}
	inline := strings.Replace(address, "attachment", "inline", 1)
	longer := strings.Replace(address, "X-Amz-Expires=300", "X-Amz-Expires=3600", 1)
	foreign := strings.Replace(address, name(b.ID), name(other.ID), 1)
	bare := strings.Split(address, "?")[0]
	for what, a := range map[string]string{"shown in place": inline, "good for longer": longer, "another file": foreign, "without signature": bare} {
		if a == address {
			t.Fatalf("%s: nothing was changed", what)
		}
		if resp, _ := ask("GET", a, ""); resp.StatusCode != 403 {
			t.Errorf("%s: %d", what, resp.StatusCode)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "POST"} {
		if resp, _ := ask(method, address, ""); resp.StatusCode < 400 {
			t.Errorf("%s: %d", method, resp.StatusCode)
		}
	}
}

func TestCheck_says_what_is_wrong_with_the_bucket(t *testing.T) {
	s, b := inBucket(t)
	if err := s.Check(t.Context()); err != nil || files(t, s) != 0 {
		t.Errorf("%d left (%v)", files(t, s), err)
	}
	absent := open(t, s.DB, strings.Replace(b.Address, "//files", "//nobody", 1))
	if err := absent.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("no such bucket: %v", err)
	}
	gone := open(t, s.DB, "s3://files?region=test-1&endpoint=http://127.0.0.1:1")
	short, cancel := context.WithTimeout(t.Context(), time.Second) // it would try again for longer
	defer cancel()
	if err := gone.Check(short); err == nil {
		t.Error("nobody answers, and doctor is told nothing")
	}
	if _, err := gone.Open(short, "ABCD", 0, -1); fault.Status(err) != 503 {
		t.Errorf("a file while nobody answers: %v", err)
	}
	if _, err := gone.Signed(t.Context(), "ABCD", "x"); err != nil {
		t.Error(err) // made here, without asking
	}
}
