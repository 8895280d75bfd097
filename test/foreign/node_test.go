package foreign

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/openid"
)

// conversation is with openid_client.mjs.
type conversation struct {
	*testing.T
	in  io.Writer
	out *bufio.Scanner
}

func (c conversation) hear(v any) {
	c.Helper()
	if !c.out.Scan() {
		c.Fatalf("openid-client says no more (%v)", c.out.Err())
	}
	if err := json.Unmarshal(c.out.Bytes(), v); err != nil {
		c.Fatalf("%s: %v", c.out.Text(), err)
	}
}

// TestOpenIDClient: discovery, code with PKCE, ID token by its signature, userinfo, refresh with rotation, revocation and sign-out, on both engines and
// with both ways to bring the secret.
func TestOpenIDClient(t *testing.T) {
	node := needs(t, "node", "openid-client")
	if _, err := os.Stat("../../node_modules/openid-client"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openid-client is not installed: npm ci")
		}
		t.Skip("openid-client is not installed: it is NOT tested")
	}
	for name, start := range map[string]struct {
		engine apptest.Engine
		method string
	}{"sqlite": {apptest.Lite, "basic"}, "postgres": {apptest.Postgres, "post"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withOpenIDClient(t, apptest.Start(t, start.engine), node, start.method)
		})
	}
}

func withOpenIDClient(t *testing.T, p *apptest.Portal, node, method string) {
	const redirect, back = "https://docs.halden.example/callback", "https://docs.halden.example/"
	id, secret := connect(t, p, openid.Settings{Name: "Documentation", Redirects: []string{redirect}, Returns: []string{back}, Trusted: true})
	cmd := exec.CommandContext(briefly(t), node, "openid_client.mjs")
	cmd.Env = append(os.Environ(), "ISSUER="+p.URL, "CLIENT_ID="+id, "CLIENT_SECRET="+secret, "REDIRECT="+redirect, "RETURN="+back, "METHOD="+method)
	var said strings.Builder
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Wait(); err != nil {
			t.Errorf("openid-client: %v\n%s", err, said.String())
		}
	})
	c, b := conversation{t, in, bufio.NewScanner(out)}, open(t, p)
	var to struct{ Go string }
	c.hear(&to)
	came := b.signIn(b.get(to.Go, redirect), "customer-admin", redirect)
	fmt.Fprintln(c.in, came.at)

	var got struct {
		Claims, Userinfo                     map[string]any
		Rotated                              bool
		Reused, Family, Void, Again, Revoked string
	}
	c.hear(&got)
	if got.Claims["email"] != got.Userinfo["email"] || got.Claims["email_verified"] != true || got.Userinfo["name"] == nil || got.Claims["sid"] == nil {
		t.Errorf("claims %v, userinfo %v", got.Claims, got.Userinfo)
	}
	all, err := json.Marshal(got.Userinfo["organisations"])
	if want := fmt.Sprintf(`"number":%d,"roles":["licence-supervisor","security-administrator"]`, p.World.Organisations["customer"].Number); err != nil || !strings.Contains(string(all), want) {
		t.Errorf("organisations %s, want %s", all, want)
	}
	if !got.Rotated || got.Reused != "invalid_grant" || got.Family != "invalid_grant" || got.Again != "invalid_grant" || got.Void == "taken" || got.Revoked != "taken" {
		t.Errorf("%+v", got)
	}
	c.hear(&to)
	if last := b.get(to.Go, back); last.at.String() != back+"?state=bye" {
		t.Errorf("the sign-out ends at %d %s", last.status, last.at)
	}
	if b.get(p.URL+"/me/", p.URL+"/sign-in").status != 0 {
		t.Error("the session goes on")
	}
}
