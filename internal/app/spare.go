package app

import (
	"runtime"
	"sync"
)

// spare gives the scheduler one processor more than there are cores for the program, once. As many passwords are hashed at the same
// time as there are such cores, each for tens of milliseconds; with a processor to spare the kernel lets a page in between, which Go's own
// scheduler would let wait for its turn behind them at each step: make bench, P5.
var spare = sync.OnceFunc(func() { runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1) })
