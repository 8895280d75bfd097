package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"

	"lodge/internal/platform/store"
)

// SignedFor is how long an address of one file in a bucket is good.
const SignedFor = 5 * time.Minute

// patience is how long the store of files may take to answer a question about itself.
const patience = 10 * time.Second

// s3 is a bucket; its credentials come from the environment, as every program of that kind reads them.
type s3 struct {
	client *awss3.Client
	bucket string
	prefix string // hidden part of every name; '' or ends in a slash
}

// allowed are the words after the question mark of an address of a bucket. With an endpoint of one's own the bucket stands in the
// path, not in the host's name, unless use_path_style says otherwise.
var allowed = map[string]bool{"region": true, "endpoint": true, "prefix": true, "use_path_style": true, "profile": true, "role": true,
	"request_checksum_calculation": true, "response_checksum_validation": true, "ssetype": true, "kmskeyid": true}

func openBucket(ctx context.Context, db *store.DB, u *url.URL) (*Store, error) {
	q := u.Query()
	for word := range q {
		if !allowed[word] {
			return nil, fmt.Errorf("s3://%s does not know %q", u.Host, word)
		}
	}
	prefix := strings.Trim(q.Get("prefix")+u.Path, "/")
	q.Del("prefix")
	if prefix != "" {
		prefix += "/"
	}
	if q.Get("endpoint") != "" && !q.Has("use_path_style") {
		q.Set("use_path_style", "true")
	}
	b, err := (&s3blob.URLOpener{}).OpenBucketURL(ctx, &url.URL{Scheme: "s3", Host: u.Host, RawQuery: q.Encode()})
	if err != nil {
		return nil, fmt.Errorf("bucket for files: %w", err)
	}
	of := &s3{bucket: u.Host, prefix: prefix}
	if !b.As(&of.client) {
		return nil, errors.Join(errors.New("bucket for files: no client"), b.Close())
	}
	if of.client.Options().Region == "" {
		return nil, errors.Join(errors.New("bucket for files: no region; add ?region=… or set AWS_REGION"), b.Close())
	}
	if prefix != "" {
		b = blob.PrefixedBucket(b, prefix)
	}
	return &Store{DB: db, bucket: b, s3: of}, nil
}

// checkBucket writes, reads and removes a file of no meaning.
func (s *Store) checkBucket(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	probe, want := ".probe-"+rand.Text(), []byte("lodge")
	if err := s.bucket.WriteAll(ctx, probe, want, nil); err != nil {
		return fmt.Errorf("bucket %s cannot be written: %w", s.s3.bucket, err)
	}
	got, err := s.bucket.ReadAll(ctx, probe)
	if err == nil && !bytes.Equal(got, want) {
		err = errors.New("another content than was written")
	}
	if err = errors.Join(err, s.bucket.Delete(ctx, probe)); err != nil {
		return fmt.Errorf("bucket %s: %w", s.s3.bucket, err)
	}
	return nil
}

// abort gives up the parts of uploads of a file that were begun and never ended.
func (b *s3) abort(ctx context.Context, name string) error {
	begun, err := b.client.ListMultipartUploads(ctx, &awss3.ListMultipartUploadsInput{Bucket: &b.bucket, Prefix: aws.String(b.prefix + name)})
	if err != nil {
		return err
	}
	for _, u := range begun.Uploads {
		_, no := b.client.AbortMultipartUpload(ctx, &awss3.AbortMultipartUploadInput{Bucket: &b.bucket, Key: u.Key, UploadId: u.UploadId})
		err = errors.Join(err, no)
	}
	return err
}

// Signed is an address from which whoever has it may read this one file until SignedFor is over, always to be saved under this
// name. It is "" where files are in a folder; then Open is the way.
func (s *Store) Signed(ctx context.Context, id, filename string) (string, error) {
	if s.s3 == nil {
		return "", nil
	}
	as := "attachment"
	if d := mime.FormatMediaType(as, map[string]string{"filename": filename}); d != "" {
		as = d
	}
	address, err := s.bucket.SignedURL(ctx, name(id), &blob.SignedURLOptions{Method: "GET", Expiry: SignedFor, BeforeSign: func(to func(any) bool) error {
		var in *awss3.GetObjectInput
		if !to(&in) {
			return errors.New("the bucket is no S3 bucket")
		}
		in.ResponseContentDisposition, in.ResponseContentType = &as, aws.String("application/octet-stream")
		in.ResponseCacheControl = aws.String("private, no-store")
		return nil
	}})
	if err != nil {
		return "", unavailable(err)
	}
	return address, nil
}
