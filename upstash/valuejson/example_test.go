package valuejson_test

import (
	"fmt"

	"github.com/yesgoddess/edgeredis/upstash/valuejson"
)

func Example() {
	text, err := valuejson.Marshal(map[string]int{"visits": 3})
	fmt.Println(string(text), err)
	var back map[string]int
	err = valuejson.Unmarshal(text, &back)
	fmt.Println(back["visits"], err)
	// Output:
	// {"visits":3} <nil>
	// 3 <nil>
}
