// Package metadata says what Lambda's metadata endpoint knows about the execution
// environment that a function runs in: its Availability Zone.
//
//	zone, err := metadata.AvailabilityZoneID(ctx)
//
// It asks over the connection of package wire, without net/http, and asks once in
// twelve hours: what it has been told is kept as long as the answer says, and
// dropped when the process is restored from a snapshot (package snapstart). AWS
// Lambda developer guide, "Using the Lambda metadata endpoint".
package metadata

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/minlambda/minlambda/internal/ascii"
	"github.com/minlambda/minlambda/internal/hosts"
	"github.com/minlambda/minlambda/internal/restores"
	"github.com/minlambda/minlambda/wire"
)

// Timeout is how long AvailabilityZoneID takes at the most, whatever its context
// says. The endpoint is on this host, and answers within a millisecond.
const Timeout = 2 * time.Second

// What AvailabilityZoneID fails with, beside the Err values of packages wire and
// parse, the system's error numbers, and the error of a context. The error itself
// is a *minlambda.Error, which says more; errors.Is finds these in it.
var (
	// ErrUnset: one of the two environment variables by which Lambda says where
	// the endpoint is. They are set wherever the endpoint is, and nowhere else.
	ErrUnset = errors.New("not set")

	// ErrToken: the value of AWS_LAMBDA_METADATA_TOKEN is empty, has more than 8 KiB
	// or has a byte other than visible ASCII, and is not sent.
	ErrToken = errors.New("token is not fit for a header")

	// ErrNotJSON: the answer is not a JSON object in UTF-8 (RFC 8259).
	ErrNotJSON = errors.New("answer is not a JSON object")

	// ErrNoZone: the answer has no AvailabilityZoneID, has two, or has one that is
	// not a string of 1 to 64 letters, digits and hyphens.
	ErrNoZone = errors.New("answer has no valid AvailabilityZoneID")
)

const (
	apiVariable   = "AWS_LAMBDA_METADATA_API"
	tokenVariable = "AWS_LAMBDA_METADATA_TOKEN"
)

// AvailabilityZoneID returns the ID of the Availability Zone that the function runs
// in, such as use1-az1: unlike the name of a zone, it means the same place in all
// accounts. Any goroutine may call it, also before the first event.
//
// The first call asks the metadata endpoint, and others wait for it; then it is
// read from memory without an allocation until the answer's Cache-Control lets it
// expire, which is after twelve hours, or the process is restored from a snapshot.
// An error is not kept: the next call asks again. Where the connection fails, it is
// made anew once.
//
// It returns within Timeout, or when ctx ends, if that is earlier; the error is
// then ctx's. Outside Lambda the error is ErrUnset. An answer with another status
// than 200 is wire.ErrStatus, and the message has what the endpoint said: 401 if it
// does not know the token, 503 if it does not know the zone.
func AvailabilityZoneID(ctx context.Context) (string, error) {
	if zone, ok := known.get(); ok {
		return zone, nil
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	return known.find(ctx)
}

// A memory is what was last found out. Its zero value knows nothing.
type memory struct {
	mu       sync.Mutex
	zone     string
	restores uint32        // when zone was asked for
	from, to int64         // when zone is valid, in seconds since 1970
	asking   chan struct{} // closed when it has been asked; nil if nobody asks
}

var known memory

// get returns the zone if it is known, and still valid.
func (m *memory) get() (zone string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.zone, m.valid()
}

// valid reports whether the zone may be given out. The time of day is looked at,
// since the monotonic clock may stand still while the environment is frozen; where
// it was set back, nobody knows how old the zone is.
func (m *memory) valid() bool {
	if m.zone == "" || m.restores != restores.Count() {
		return false
	}
	now := time.Now().Unix()
	return m.from <= now && now < m.to
}

// find asks for the zone, unless somebody else does, and has found it.
func (m *memory) find(ctx context.Context) (string, error) {
	for {
		m.mu.Lock()
		if m.valid() {
			zone := m.zone
			m.mu.Unlock()
			return zone, nil
		}
		asking := m.asking
		if asking == nil {
			m.asking = make(chan struct{})
			m.mu.Unlock()
			return m.ask(ctx)
		}
		m.mu.Unlock()
		select {
		case <-asking:
		case <-ctx.Done():
			return "", failed("metadata", ctx.Err(), "while another goroutine asks")
		}
	}
}

// ask asks for the zone, and lets those go on that wait for it.
func (m *memory) ask(ctx context.Context) (zone string, err error) {
	var age int64
	var before uint32
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if err == nil {
			now := time.Now().Unix()
			m.zone, m.restores, m.from, m.to = zone, before, now, now+age
		}
		close(m.asking)
		m.asking = nil
	}()
	for {
		before = restores.Count()
		zone, age, err = request(ctx)
		if err != nil || before == restores.Count() {
			return zone, err
		}
		// A restore came between: the answer is of another environment.
	}
}

// request asks the endpoint, on a connection of its own, at most twice.
func request(ctx context.Context) (zone string, age int64, err error) {
	addr, token, err := environment()
	if err != nil {
		return "", 0, err
	}
	conn := wire.NewConn(addr, 0)
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Abort)()
	answer, control, err := conn.Metadata(token)
	if wire.Gone(err) && ctx.Err() == nil {
		answer, control, err = conn.Metadata(token)
	}
	switch {
	case ctx.Err() != nil && err != nil:
		return "", 0, failed("metadata", ctx.Err(), err.Error())
	case err != nil:
		return "", 0, err
	}
	zone, err = zoneIn(answer.Body)
	if err != nil {
		return "", 0, failed("metadata", err, ascii.Quote(string(answer.Body)))
	}
	return zone, maxAge(control), nil
}

// environment is where the endpoint is, and what opens it.
func environment() (addr wire.Addr, token string, err error) {
	value, ok := syscall.Getenv(apiVariable)
	if !ok {
		return addr, "", failed(apiVariable, ErrUnset, "Lambda sets it, and "+tokenVariable)
	}
	if addr, err = wire.ParseAddr(value); err == nil {
		err = addr.Lookup(hosts.File())
	}
	if err != nil {
		return addr, "", failed(apiVariable, err, ascii.Quote(value))
	}
	if token, ok = syscall.Getenv(tokenVariable); !ok {
		return addr, "", failed(tokenVariable, ErrUnset, "Lambda sets it with "+apiVariable)
	}
	return addr, token, checkToken(token)
}

// maxToken keeps the head of the request well under the megabyte that net/http,
// which Lambda's server is made of, reads.
const maxToken = 8 << 10

// checkToken refuses what would be a header of its own, or none. The error does not
// show it: it is a secret.
func checkToken(token string) error {
	if token == "" || len(token) > maxToken {
		return failed(tokenVariable, ErrToken, "it has "+ascii.Itoa(len(token))+
			" bytes, and may have 1 to "+ascii.Itoa(maxToken))
	}
	for i := 0; i < len(token); i++ {
		if c := token[i]; c <= ' ' || c > '~' {
			return failed(tokenVariable, ErrToken, "byte "+ascii.Itoa(i)+" is not visible ASCII")
		}
	}
	return nil
}

func failed(op string, err error, found string) error {
	return &wire.Error{Op: op, Err: err, Found: found}
}
