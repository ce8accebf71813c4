package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/minlambda/minlambda/bench/internal/launch"
	"github.com/minlambda/minlambda/bench/internal/linked/web"
	"github.com/minlambda/minlambda/bench/internal/measure"
	"github.com/minlambda/minlambda/bench/internal/results"
	"github.com/minlambda/minlambda/bench/internal/server"
)

// linked are functions by what they link, and what they answer to any event.
var linked = []struct{ name, dir, answer string }{
	{"hello", "hello", `"Hello, world!"`},
	{"net/http", "http", "200"},
	{"AWS SDK, S3", "sdk", "2"},
}

// TestLinked prints what becomes of size and start when a function links net/http or AWS's SDK, as
// most do. The programs work. Ours is smaller than aws-lambda-go's; where the SDK brings all that
// aws-lambda-go needs, and that one is built with the tag lambda.norpc, ours is at most 1 % larger.
// How long starts take is only printed.
func TestLinked(t *testing.T) {
	if testing.Short() {
		t.Skip("builds AWS's SDK")
	}
	for name, value := range map[string]string{
		web.URL: account(t), "AWS_ENDPOINT_URL": account(t), "AWS_REGION": "eu-central-1",
		"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret",
	} {
		t.Setenv(name, value)
	}
	var b strings.Builder
	line := func(cells ...any) {
		s := fmt.Sprintf("%-14s%-26s%10s%10s%10s%10s", cells...)
		b.WriteString(strings.TrimRight(s, " ") + "\n")
	}
	line("", "", "size", "gzipped", "start", "memory")
	for _, l := range linked {
		peers := launch.Linked(l.dir)
		starts := measure.Starts{Peers: peers, Rounds: 30}
		rows := must[[]results.Row](t)(starts.Run(context.Background(), func(float64) {}))
		name := l.name
		for i, row := range rows {
			cells := []any{name, results.PeerName(row.Peer)}
			for _, unit := range []string{"binary-bytes", "gzip-bytes", "ns/op", "rss-bytes"} {
				f, text := row.Figures[unit], ""
				if len(f) > 0 {
					text = results.Format(unit, f.Median())
				}
				cells = append(cells, text)
			}
			line(cells...)
			name = ""
			size := row.Figures["binary-bytes"].Median()
			if l.dir == "sdk" && row.Peer == launch.AWS.Name {
				size *= 1.01
			}
			if mine := rows[0].Figures["binary-bytes"].Median(); i > 0 && mine >= size {
				t.Errorf("%s: %.0f bytes, not less than %.0f of %s", l.name, mine, size, row.Peer)
			}
			answers(t, peers[i], l.answer)
		}
	}
	t.Logf("programs for Lambda, and their start up to the first request for an event; medians\n%s",
		b.String())
}

// answers checks that the peer answers events as it should.
func answers(t *testing.T, p *launch.Peer, answer string) {
	t.Helper()
	running := start(t, p, launch.Options{})
	if err := running.Do(3, server.NewExchange([]byte(`{}`), []byte(answer))); err != nil {
		t.Error(err)
	}
	running.Stop()
}

// account returns the URL of a server that lists two buckets, whatever it is asked.
func account(t *testing.T) string {
	const buckets = `<ListAllMyBucketsResult><Buckets>` +
		`<Bucket><Name>a</Name></Bucket><Bucket><Name>b</Name></Bucket>` +
		`</Buckets></ListAllMyBucketsResult>`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		if _, err := w.Write([]byte(buckets)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}
