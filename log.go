package minlambda

// A Level says how grave a Record is, in Lambda's words. Any other value is
// LevelInfo, as Lambda takes a line without a level.
type Level int

// The levels of Lambda's logs.
const (
	LevelTrace Level = iota + 1
	LevelDebug
	LevelInfo
	LevelWarn
	LevelError
	LevelFatal
)

var levelNames = [...]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}

// String returns the level's name in capitals, such as "ERROR".
func (l Level) String() string {
	if l < LevelTrace || l > LevelFatal {
		l = LevelInfo
	}
	return levelNames[l-1]
}

// A Record is a message of the runtime about an invocation, or about the loop.
// Its strings may be kept.
type Record struct {
	Level     Level
	RequestID string // of the invocation; empty if it is about none
	TenantID  string // of the invocation, if Lambda has named one
	Type      string // errorType, as in the report to the API; empty if it is about no error
	Message   string // of an error the text, which may have line ends; else one line
	Stack     string // of a panic: each function, and after a tab its file and line; else empty
	Panic     bool   // it is about a panic: the process, or Loop.Run, ends after it
}

// String returns r as standard error shows it: one line without its end, and
// after it the stack, if there is one.
func (r Record) String() string { return r.Message }
