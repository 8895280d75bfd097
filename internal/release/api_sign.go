package release

import (
	"context"
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// registerSigning adds the operations of release keys and of signatures.
func (p API) registerSigning(s *api.API) {
	api.Register(s, api.Op{ID: "sign-release-file", Method: "PUT", Path: "/releases/{id}/files/{name}/signature", Tag: releaseChapter, Summary: "Put a detached signature to a file of a draft", Status: http.StatusNoContent,
		Text: "As `lodge release sign` makes it. When every file has one, the release is signed.", Errors: []int{409}}, Manage, p.sign)
	api.Register(s, api.Op{ID: "list-release-keys", Method: "GET", Path: "/release-keys", Tag: releaseChapter, Summary: "List release keys", Text: "The newest first."}, ViewReleases, p.keys)
	api.Register(s, api.Op{ID: "add-release-key", Method: "POST", Path: "/release-keys", Tag: releaseChapter, Summary: "Add a release key", Status: http.StatusCreated,
		Text: "The public half alone: the private one never leaves the release manager’s computer."}, Manage, p.addKey)
	api.Register(s, api.Op{ID: "end-release-key", Method: "POST", Path: "/release-keys/{key}/end", Tag: releaseChapter, Summary: "Give a release key its last day", Status: http.StatusNoContent}, Manage, p.endKey)
	api.Stream(s, api.Op{ID: "fetch-signature", Method: "GET", Path: "/downloads/{file}/signature", Tag: shelfChapter, Summary: "Fetch the signature of a file",
		Text: "Of one that is included and signed.", Gives: octets}, Take, true, p.signature)
}

type signBody struct {
	NamedFile
	Body struct {
		Signature string `json:"signature" required:"true" doc:"The text of the .sig file."`
	}
}

func (p API) sign(ctx context.Context, a who.Actor, in *signBody) (*struct{}, error) {
	if _, err := p.named(ctx, a, in.NamedFile); err != nil {
		return nil, err
	}
	err := p.Releases.AddSignature(ctx, a, in.ID, in.Name, in.Body.Signature)
	if f := fault.Of(err); f != nil {
		for i := range f.Fields { // the form calls them signatures
			f.Fields[i].Name = "signature"
		}
	}
	return &struct{}{}, err
}

type aKey struct {
	ID     string `json:"id"`
	Name   string `json:"name" doc:"As customers read it: Signed by …"`
	Public string `json:"public" doc:"Ed25519, hex."`
	From   string `json:"from" format:"date" doc:"First day on which it signs."`
	Until  string `json:"until,omitempty" format:"date" doc:"Last day on which it signs."`
}

type keyAt struct{ Next int }

func (p API) keys(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[aKey], error) {
	var at keyAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, err := p.Releases.Keys(ctx, a)
	if err != nil {
		return nil, err
	}
	items := []aKey{}
	for i := at.Next; i < len(all); i++ {
		if len(items) == in.Limit {
			return api.Of(ctx, items, keyAt{i})
		}
		k := all[i]
		items = append(items, aKey{k.ID, k.Name, k.Public, k.From, k.Until})
	}
	return api.Of(ctx, items, nil)
}

type keyBody struct {
	Body struct {
		Name   string `json:"name" required:"true"`
		Public string `json:"public" required:"true" doc:"PEM, hex or base64."`
		From   string `json:"from" required:"true" format:"date"`
		Until  string `json:"until,omitempty" format:"date"`
	}
}

type theKey struct {
	Body aKey
}

func (p API) addKey(ctx context.Context, a who.Actor, in *keyBody) (*theKey, error) {
	b := in.Body
	id, err := p.Releases.AddKey(ctx, a, NewKey{Name: b.Name, Public: b.Public, From: b.From, Until: b.Until})
	if err != nil {
		return nil, err
	}
	all, err := p.Releases.Keys(ctx, a)
	for _, k := range all {
		if k.ID == id {
			return &theKey{aKey{k.ID, k.Name, k.Public, k.From, k.Until}}, nil
		}
	}
	return &theKey{aKey{ID: id}}, err
}

type endBody struct {
	Key  string `path:"key" doc:"Id."`
	Body struct {
		Until string `json:"until" required:"true" format:"date" doc:"Civil day."`
	}
}

func (p API) endKey(ctx context.Context, a who.Actor, in *endBody) (*struct{}, error) {
	return &struct{}{}, p.Releases.EndKey(ctx, a, in.Key, in.Body.Until)
}

func (p API) signature(w http.ResponseWriter, r *http.Request, a who.Actor, in *oneFile) error {
	return p.Releases.sendSignature(w, r, a, in.File)
}
