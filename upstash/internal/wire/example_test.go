package wire_test

import (
	"errors"
	"fmt"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

func ExampleAppendCommand() {
	body, bad := wire.AppendCommand(nil, []string{"SET", "greeting", `say "hi"`})
	fmt.Println(string(body), bad)

	_, bad = wire.AppendCommand(nil, []string{"SET", "key", "\xff\xfe"})
	fmt.Println("not UTF-8: argument", bad)
	// Output:
	// ["SET","greeting","say \"hi\""] -1
	// not UTF-8: argument 2
}

func ExampleDecodeReply() {
	v, err := wire.DecodeReply([]byte(`{"result":["ZmllbGQ=","dmFsdWU=",7,null]}`), wire.Options{Base64: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range v.Elems {
		fmt.Printf("%v %q %d\n", e.Kind, e.Str, e.Int)
	}
	// Output:
	// string "field" 0
	// string "value" 0
	// int "" 7
	// null "" 0
}

func ExampleDecodeBatch() {
	body := []byte(`[{"result":"OK"},{"error":"ERR value is not an integer or out of range"}]`)
	vals, whole, isWhole, err := wire.DecodeBatch(body, 2, wire.Options{Base64: true})
	switch {
	case err != nil:
		fmt.Println("no answer:", err)
	case isWhole:
		fmt.Println("the server refused the request:", whole.Str)
	default:
		for i, v := range vals {
			fmt.Println(i, v.Kind, v.Str)
		}
	}
	// Output:
	// 0 status OK
	// 1 error ERR value is not an integer or out of range
}

func ExampleDecodeRESP() {
	v, err := wire.DecodeRESP([]byte("*2\r\n$3\r\nkey\r\n:42\r\n"), wire.Options{})
	fmt.Println(v.Elems[0].Str, v.Elems[1].Int, err)
	// Output: key 42 <nil>
}

func ExampleSyntaxError() {
	_, err := wire.DecodeReply([]byte(`{"result":"not base64"}`), wire.Options{Base64: true})
	fmt.Println(err)
	fmt.Println(errors.Is(err, wire.ErrBase64))
	// Output:
	// wire: invalid base64 at byte 11
	// true
}
