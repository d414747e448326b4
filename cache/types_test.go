package cache_test

import (
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
)

// TestSharedLevelOfTwoTypes: what another cache has put into an in-process level
// under the same key, as a value of another type, is a miss there.
func TestSharedLevelOfTwoTypes(t *testing.T) {
	t.Parallel()
	f := newFakeRedis()
	level, err := local.New(local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := cache.Options{Prefix: "t:", TTL: time.Minute, Local: level, LocalTTL: time.Hour}
	texts, numbers := must(t, f, cache.Text(), o), must(t, f, cache.JSON[int](), o)
	if err := texts.Set(t.Context(), "1", "5"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		text, err := texts.Get(t.Context(), "1")
		want(t, "text", text, "5", err)
		if n, err := numbers.Get(t.Context(), "1"); n != 5 || err != nil {
			t.Errorf("number: %d, %v", n, err)
		}
	}
}
