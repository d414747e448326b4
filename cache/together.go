package cache

import (
	"context"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// MSETEX stores many values with one TTL, and with NX only if none of the keys
// exists: one command instead of one for each. It is used where entries are
// written in company: leases of many keys that are all missing, values that need
// no condition of their own. A server that does not know it (Redis before 8.4) is
// found out once.

// swapSeveral makes writes, in one request where possible and with as few commands
// as the server knows how to.
func swapSeveral(ctx context.Context, s *store, jobs []*job) {
	ws := make([]*swap, len(jobs))
	todo := make([]int, len(jobs))
	for i, j := range jobs {
		ws[i], todo[i] = &j.w, i
		s.stats.bytesWritten.Add(int64(len(j.w.value)))
	}
	groups := s.together(ws)
	for len(todo) > 0 {
		list := s.tries(ws, todo, groups)
		todo, groups = nil, nil
		cmds := make([]upstash.Command, len(list))
		for j := range list {
			cmds[j] = list[j].cmd
		}
		outs := s.doAll(ctx, cmds)
		for j := range outs {
			t, o := &list[j], &outs[j]
			if s.downgrade(t.form, o.err) || t.form == formTogether && o.err == nil && refused(&o.reply) {
				todo = append(todo, t.which...)
				continue
			}
			for _, i := range t.which {
				ws[i].settle(t.form, o)
			}
		}
	}
}

// refused reports whether an answer says that the condition of a group, or of a
// script, did not hold.
func refused(r *upstash.Reply) bool {
	n, err := r.Int64()
	return err == nil && n == 0
}

// A company is what writes must have in common to be made together.
type company struct {
	absent bool
	ttl    time.Duration
}

// A party is writes that are made together.
type party struct {
	which []int
	size  int
}

// together groups the writes that MSETEX can make: those of at least two keys that
// are written unconditionally, or if absent. It has its options behind the values,
// so these must be text. A write is in no group, or in the one at its place.
func (s *store) together(ws []*swap) []*party {
	if len(ws) < 2 || s.single.Load() {
		return nil
	}
	groups := make([]*party, len(ws))
	open := map[company]*party{} // those that still have room
	for i, w := range ws {
		n, text := weigh(w.key, w.value)
		if !text || w.ttl == 0 || !w.absent && !w.always {
			continue
		}
		of := company{w.absent, w.ttl}
		g := open[of]
		if g == nil || g.size+n > maxBatchBytes || len(g.which) == maxBatch {
			g = &party{}
			open[of] = g
		}
		g.which = append(g.which, i)
		g.size += n
		groups[i] = g
	}
	return groups
}

// mSetEx spells a group. Repeating it is harmless: unconditional writes write the
// same again, and after the answer that some absent keys exist they are tried one
// by one, which shows whether what they hold is ours.
func mSetEx(ws []*swap, group []int) upstash.Command {
	first := ws[group[0]]
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
func (s *store) tries(ws []*swap, todo []int, groups []*party) []try {
	list := make([]try, 0, len(todo))
	for _, i := range todo {
		if groups != nil && groups[i] != nil {
			if which := groups[i].which; len(which) > 1 {
				if which[0] == i {
					list = append(list, try{mSetEx(ws, which), formTogether, which})
				}
				continue
			}
		}
		cmd, f := s.command(ws[i])
		list = append(list, try{cmd, f, []int{i}})
	}
	return list
}
