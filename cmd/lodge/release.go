package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"lodge/internal/release"
)

// releaseCmd runs on the release manager's computer: it opens no database, and private keys never reach the portal.
type releaseCmd struct {
	Keygen keygenCmd `cmd:"" help:"Make a key that signs files of releases."`
	Sign   signCmd   `cmd:"" help:"Write a detached signature beside each file."`
	Verify verifyCmd `cmd:"" help:"Check the signature beside each file."`
}

type keygenCmd struct {
	File string `arg:"" help:"File for the private key; the public one gets its name with .pub."`
}

// Run writes both halves and never over a file that is there.
func (c keygenCmd) Run(out *console) error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	open, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return err
	}
	if err := writeNew(c.File, 0o600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})); err != nil {
		return err
	}
	if err := writeNew(c.File+".pub", 0o644, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open})); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	fmt.Fprintf(out.out, "private key: %s (keep it off the portal)\npublic key: %s, to be added under Releases, Release keys\n%s\n", c.File, c.File+".pub", hex.EncodeToString(public))
	return nil
}

func writeNew(path string, mode fs.FileMode, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already, and a key is never written over; name another file", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

type signCmd struct {
	Key     string   `required:"" help:"Private key that keygen made." placeholder:"FILE"`
	Product string   `required:"" help:"Id of the product, as the page of the release shows it." placeholder:"ID"`
	Files   []string `arg:"" help:"Files of one release."`
}

// Run signs all files or says which could not be; a .sig of an earlier run is replaced.
func (c signCmd) Run(out *console) error {
	key, err := privateKey(c.Key)
	if err != nil {
		return err
	}
	if err := productID(c.Product); err != nil {
		return err
	}
	for _, name := range c.Files {
		signature, err := signed(key, c.Product, name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(name+".sig", []byte(signature+"\n"), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out.out, name+".sig")
	}
	return nil
}

func productID(id string) error {
	if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		return fmt.Errorf("--product %q: want the 32 characters that the portal shows beside the file", id)
	}
	return nil
}

type verifyCmd struct {
	Key     string   `required:"" help:"Public key of the vendor, from its own site." placeholder:"FILE"`
	Product string   `required:"" help:"Id of the product, as the portal shows it beside the file." placeholder:"ID"`
	Files   []string `arg:"" help:"Files; the signature of each lies beside it, with .sig behind its name."`
}

// Run says of each file that it is signed; the first that is not ends it.
func (c verifyCmd) Run(out *console) error {
	text, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	public, err := release.ParsePublic(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Key, err)
	}
	if err := productID(c.Product); err != nil {
		return err
	}
	for _, name := range c.Files {
		signature, err := os.ReadFile(name + ".sig")
		if err != nil {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		ok, err := release.Verify(public, c.Product, f, string(signature))
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%s is not what this key signed for this product", name)
		}
		fmt.Fprintf(out.out, "%s: signed by this key\n", name)
	}
	return nil
}

func signed(key ed25519.PrivateKey, product, name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return release.Sign(key, product, f)
}

func privateKey(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no private key in PEM", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is no Ed25519 key", path)
	}
	return key, nil
}
