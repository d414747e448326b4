package lock

// Report tells report, for each class of names in order, how many leases began,
// how many are in force now, how many tries found the lock held, and how many
// leases were lost. With it a Locker can be registered in one line with the
// metrics of package health, which this package does not know:
//
//	metrics.RegisterLocks(locker)
func (l *Locker) Report(report func(class string, acquired, held, contended, lost int64)) {
	reportStats(l.Stats(), report)
}

// Report is as [Locker.Report].
func (s *Semaphore) Report(report func(class string, acquired, held, contended, lost int64)) {
	reportStats(s.Stats(), report)
}

func reportStats(all []Stats, report func(class string, acquired, held, contended, lost int64)) {
	for _, s := range all {
		report(s.Class, s.Acquired, s.Held, s.Contended, s.Lost)
	}
}
