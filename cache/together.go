package cache

import (
	"slices"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// MSETEX stores many values with one TTL, and with NX only if none of the keys
// exists: one command instead of one for each. It is used where entries are
// written in company: leases of many keys that are all missing, values that need
// no condition of their own. A server that does not know it (Redis before 8.4) is
// found out once.

// A company is what writes must have in common to be made together.
type company struct {
	absent bool
	ttl    time.Duration
}

// together groups the writes that MSETEX can make: those of at least two keys that
// are written unconditionally, or if absent. It has its options behind the values,
// so these must be text.
func (s *store) together(ws []swap) [][]int {
	if len(ws) < 2 || s.single.Load() {
		return nil
	}
	var groups [][]int
	open := map[company]int{} // the group that still has room
	sizes := map[company]int{}
	for i := range ws {
		w := &ws[i]
		n, text := weigh(w.key, w.value)
		if !text || w.ttl == 0 || !w.absent && !w.always {
			continue
		}
		of := company{w.absent, w.ttl}
		g, ok := open[of]
		if !ok || sizes[of]+n > maxBatchBytes || len(groups[g]) == maxBatch {
			g, sizes[of] = len(groups), 0
			open[of] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
		sizes[of] += n
	}
	return slices.DeleteFunc(groups, func(g []int) bool { return len(g) == 1 })
}

// mSetEx spells a group. Repeating it is harmless: unconditional writes write the
// same again, and after the answer that some absent keys exist they are tried one
// by one, which shows whether what they hold is ours.
func mSetEx(ws []swap, group []int) upstash.Command {
	first := &ws[group[0]]
	args := make([]any, 0, 2*len(group)+4)
	args = append(args, strconv.Itoa(len(group)))
	for _, i := range group {
		args = append(args, ws[i].key, ws[i].value)
	}
	if first.absent {
		args = append(args, "NX")
	}
	args = append(args, "PX", strconv.FormatInt(first.ttl.Milliseconds(), 10))
	return upstash.NewCommand("MSETEX", args...).Retryable()
}

// A try is one command on its way to make one write, or a group of them.
type try struct {
	cmd   upstash.Command
	form  form
	which []int
}

// tries spells the writes in todo: the groups, and the others one by one.
func (s *store) tries(ws []swap, todo []int, groups [][]int) []try {
	list := make([]try, 0, len(todo))
	grouped := make(map[int]bool)
	for _, g := range groups {
		list = append(list, try{mSetEx(ws, g), formTogether, g})
		for _, i := range g {
			grouped[i] = true
		}
	}
	for _, i := range todo {
		if !grouped[i] {
			cmd, f := s.command(&ws[i])
			list = append(list, try{cmd, f, []int{i}})
		}
	}
	return list
}
