package upstash

// growStack gives a goroutine the stack that a call takes before it is deep in the
// call. On WebAssembly every argument and variable lies on the stack, so that a call
// of a new goroutine, which is what a Worker makes for each of its requests, outgrows
// 2 KiB and soon 4 KiB. Each time the runtime moves the stack, and looks up every
// frame on it. Room for 3 KiB makes it 8 KiB at once, when little is on it.
//
//go:noinline
func growStack(i uint) byte {
	var room [3 << 10]byte
	return room[i%uint(len(room))]
}
