package importer
import ("testing";"fmt";"math/rand/v2";"time";"runtime";"os";"strings";"lodge/internal/platform/clock")
func rss() string { b,_:=os.ReadFile("/proc/self/status"); for l := range strings.Lines(string(b)) { if strings.HasPrefix(l,"VmHWM") { return strings.TrimSpace(l) } }; return "" }
func TestZZ(t *testing.T){
 onBoth(t, func(t *testing.T, p *portal){
  p.Store.Clock = clock.Real{}
  o := &old{r: rand.New(rand.NewPCG(5, 5)), customers: 2500, mess: 0.05}
  o.fill("first", 0); f := o.folder(t)
  n:=0; for _, r := range o.rows { n+=len(r) }
  o.rows=nil; runtime.GC(); fmt.Println(t.Name(), "rows", n, rss())
  for _, dry := range []bool{true,false,false} {
   at := time.Now()
   said := p.run(t.Context(), f, dry)
   if said.err != nil { t.Fatal(said.err) }
   fmt.Println(t.Name(), dry, time.Since(at), int(float64(n)/time.Since(at).Seconds()), "rows/s", rss())
  }
 })
}
