package importer

import (
	"context"
	"fmt"
	"lodge/internal/platform/clock"
	"math/rand/v2"
	"os"
	"sort"
	"strings"
	"testing"
	"time"
)

func rss() string {
	b, _ := os.ReadFile("/proc/self/status")
	for l := range strings.Lines(string(b)) {
		if strings.HasPrefix(l, "VmHWM") {
			return strings.TrimSpace(l)
		}
	}
	return ""
}
func TestZZ(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.Store.Clock = clock.Real{}
		o := &old{r: rand.New(rand.NewPCG(5, 5)), customers: 1000, mess: 0.05}
		o.fill("first", 0)
		f := o.folder(t)
		n := 0
		for _, r := range o.rows {
			n += len(r)
		}
		for _, dry := range []bool{true, false, false} {
			sum := map[string]time.Duration{}
			cnt := map[string]int{}
			last := ""
			lat := time.Now()
			p.Store.Trace = func(_ context.Context, q string) {
				now := time.Now()
				if last != "" {
					sum[last] += now.Sub(lat)
				}
				last = q
				cnt[q]++
				lat = now
			}
			at := time.Now()
			said := p.run(t.Context(), f, dry)
			if said.err != nil {
				t.Fatal(said.err)
			}
			fmt.Println(t.Name(), dry, time.Since(at), int(float64(n)/time.Since(at).Seconds()), "rows/s", rss())
			var ks []string
			for k := range sum {
				ks = append(ks, k)
			}
			sort.Slice(ks, func(i, j int) bool { return sum[ks[i]] > sum[ks[j]] })
			for _, k := range ks[:min(12, len(ks))] {
				fmt.Printf("  %8v %6d %8v %s\n", sum[k].Round(time.Millisecond), cnt[k], (sum[k] / time.Duration(cnt[k])).Round(time.Microsecond), strings.Join(strings.Fields(k), " ")[:min(90, len(strings.Join(strings.Fields(k), " ")))])
			}
		}
	})
}
