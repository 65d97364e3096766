package wire_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agentcore-probe/probe/lab/aws/wire"
)

var names = wire.Names{
	Elements: map[string]string{"Tags": "tagSet", "Groups.Description": "groupDescription"}, Items: map[string]string{"DBs": "DB", "DBs.Notes": "Note"},
	Default: wire.LowerFirst, Item: "item",
}

func TestWriteEC2(t *testing.T) {
	for want, members := range map[string]map[string]any{
		`<vpcs><item><isDefault>false</isDefault><tagSet><item><key>a&amp;b</key></item></tagSet></item></vpcs>`: {
			"Vpcs": []any{map[string]any{"IsDefault": false, "Tags": []any{map[string]any{"Key": "a&b"}}, "Nothing": nil}}},
		`<groups><item><groupDescription>x</groupDescription></item></groups>`: {"Groups": []any{map[string]any{"Description": "x"}}},
		`<count>12</count><description>x</description><tagSet></tagSet>`:       {"Description": "x", "Count": json.Number("12"), "Tags": []any{}},
		`<dBs><DB><notes><Note>&lt;&#10;&#34;</Note></notes></DB></dBs>`:       {"DBs": []any{map[string]any{"Notes": []any{"<\n\"\x01"}}}},
	} {
		w := httptest.NewRecorder()
		wire.WriteEC2(w, names, "DoIt", members, "id-1")
		full := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<DoItResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>id-1</requestId>` + want + `</DoItResponse>`
		if diff := cmp.Diff(full, w.Body.String()); diff != "" {
			t.Error(diff)
		}
	}
}

func form(t *testing.T, body string) wire.Form {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	f, fault := wire.ParseForm(r, []byte(body))
	if fault != nil {
		t.Fatal(fault)
	}
	return f
}

func TestForm(t *testing.T) {
	f := form(t, "A=1&L.2=b&L.10=c&L.1=a&L.x=z&L.0=z&P.1.From=2&P.1.To=3&P.3.From=4")
	if diff := cmp.Diff([]string{"a", "b", "c"}, f.List("L")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 3}, f.Indices("P")); diff != "" {
		t.Error(diff)
	}
	if f.Text(wire.Join("P", 3, "From")) != "4" || !f.Has("A") || f.Has("B") || !f.HasPrefix("P") || f.HasPrefix("Q") {
		t.Error("parameters")
	}
}

func TestParseFormRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ target, media, body string }{
		"twice":              {"/?Action=a", "application/x-www-form-urlencoded", "Action=b"},
		"not form-encoded":   {"/", "application/json", "{}"},
		"no content type":    {"/", "", "Action=a"},
		"malformed body":     {"/", "application/x-www-form-urlencoded", "a=%zz"},
		"semicolons in body": {"/", "application/x-www-form-urlencoded", "a=1;b=2"},
	} {
		r := httptest.NewRequest(http.MethodPost, tc.target, nil)
		r.Header.Set("Content-Type", tc.media)
		if _, fault := wire.ParseForm(r, []byte(tc.body)); fault == nil || fault.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, fault)
		}
	}
}

func TestWriteFault(t *testing.T) {
	fault := wire.Faultf(http.StatusInternalServerError, "Broken<", "%s", `a "b" & c`)
	for protocol, want := range map[wire.Protocol]string{
		wire.EC2:      `<Response><Errors><Error><Code>Broken&lt;</Code><Message>a &#34;b&#34; &amp; c</Message></Error></Errors><RequestID>id</RequestID></Response>`,
		wire.Query:    `<ErrorResponse><Error><Type>Receiver</Type><Code>Broken&lt;</Code><Message>a &#34;b&#34; &amp; c</Message></Error><RequestId>id</RequestId></ErrorResponse>`,
		wire.RESTJSON: `{"message":"a \"b\" \u0026 c"}`,
	} {
		w := httptest.NewRecorder()
		protocol.WriteFault(w, fault, "id")
		if got := strings.TrimPrefix(w.Body.String(), `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); got != want || w.Code != 500 {
			t.Errorf("%d %s", w.Code, got)
		}
	}
}

func FuzzParseForm(f *testing.F) {
	f.Add("Action=DescribeVpcs&Filter.1.Name=vpc-id&Filter.1.Value.1=x")
	f.Add("a.b.c.1.=&.=&1.1")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		parsed, fault := wire.ParseForm(r, []byte(body))
		if fault != nil {
			return
		}
		for _, n := range parsed.Indices("Filter") {
			parsed.List(wire.Join("Filter", n, "Value"))
		}
	})
}

// Whatever a world holds, the answer is well-formed.
func FuzzWriteEC2(f *testing.F) {
	f.Add("text <&> \x00 \ufffe")
	f.Fuzz(func(t *testing.T, value string) {
		w := httptest.NewRecorder()
		wire.WriteEC2(w, names, "DoIt", map[string]any{"Tags": []any{map[string]any{"Value": value}}}, value)
		dec := xml.NewDecoder(w.Body)
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}
