package keys_test

import (
	"fmt"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/keys"
)

func Example() {
	fmt.Println(keys.User("123"))
	fmt.Println(keys.User("12:3*"))
	fmt.Println(keys.KindUser.TTL(), keys.KindUser.Pattern())
	// Output:
	// cache:user:123
	// cache:user:12%3A3%2A
	// 1h0m0s cache:user:*
}

func ExampleDeclare() {
	invoice := keys.Declare(keys.Cache, "invoice", 10*time.Minute)
	fmt.Println(invoice.Key("2026-77"))
	fmt.Println(invoice.Key("2026-77", "lines"))
	fmt.Println(invoice.PatternOf("2026-77"))
	// Output:
	// cache:invoice:2026-77
	// cache:invoice:2026-77:lines
	// cache:invoice:2026-77:*
}

func ExampleCatalog_Parse() {
	kind, id, err := keys.Platform().Parse("session:onboarding:u%3A7")
	fmt.Println(kind, id, err)
	_, _, err = keys.Platform().Parse("somebody:else:7")
	fmt.Println(err)
	// Output:
	// session:onboarding [u:7] <nil>
	// keys: not a key of this schema
}
